//! Addresses of machines, and codes of letters and digits that tell themselves.

use super::{
    addresses::{Case, check},
    support::*,
};

#[test]
fn addresses_of_machines_are_hidden() {
    check(&[
        ("ping 192.168.1.1 please", "ping [ip_address] please"),
        ("it is 10.0.0.12:8080.", "it is [ip_address]"),
        ("the router is at 172.16.254.1/24", "the router is at [ip_address]"),
        ("fe80::1ff:fe23:4567:890a is mine", "[ip_address] is mine"),
        ("2001:0db8:85a3:0000:0000:8a2e:0370:7334", "[ip_address]"),
        ("the mac is 00:1A:2B:3C:4D:5E okay", "the mac is [ip_address] okay"),
        ("00-1a-2b-3c-4d-5e", "[ip_address]"),
        ("001a.2b3c.4d5e", "[ip_address]"),
        ("it's one ninety two dot one sixty eight dot one dot one", "it's [ip_address]"),
        ("one nine two point one six eight point zero point twenty five", "[ip_address]"),
        ("ten dot zero dot zero dot one hundred and twelve works", "[ip_address] works"),
        ("two hundred fifty five dot two fifty five dot two fifty five dot oh", "[ip_address]"),
        ("my ip address is ninety nine dot eleven dot seven dot three", "my ip address is [ip_address]"),
        (
            "the mac address is a one colon b two colon c three colon d four colon e five colon f six",
            "the mac address is [ip_address]",
        ),
    ]);
}

#[test]
fn what_only_looks_like_one_is_shown() {
    let shown = [
        "we run version 1.2.3.4 here",
        "meet at 10:30 today",
        "the ratio is 3:2",
        "my ip address has changed",
        "the ip is not working",
        "the bank is closed today",
        "the swift code is required for that",
        "please transfer it to the customer",
        "i need a wire transfer",
        "the iban is on the letter",
        "a swift response from the bank",
    ];
    let cases: Vec<Case> = shown.iter().map(|text| (*text, *text)).collect();
    check(&cases);
}

#[test]
fn bank_codes_are_hidden() {
    check(&[
        ("my iban is GB82 WEST 1234 5698 7654 32 okay", "my iban is [iban] okay"),
        ("pay to DE89370400440532013000.", "pay to [iban]"),
        ("de89 3704 0044 0532 0130 00", "[iban]"),
        ("FR14-2004-1010-0505-0001-3M02-606", "[iban]"),
        ("ＧＢ82ＷＥＳＴ12345698765432", "[iban]"),
        ("IBAN: GB07 YRMS 2660 0800 1619 83", "IBAN: [iban]"),
        (
            "the iban is g b eight two w e s t one two three four five six nine eight seven six five four three two",
            "the iban is [iban]",
        ),
        (
            "the iban is golf bravo eight two whiskey echo sierra tango one two three four five six nine eight",
            "the iban is [iban]",
        ),
        ("BIC: DEUTDEFF500", "BIC: [swift]"),
        ("the swift code is chasus33 thanks", "the swift code is [swift] thanks"),
        ("the swift code is c h a s u s three three", "the swift code is [swift]"),
        ("my bank is NWBKGB2L in london", "my bank is [swift] in london"),
    ]);
}

#[test]
fn tracks_and_wallets_are_hidden() {
    check(&[
        ("%B4111111111111111^DOE/JANE A^29121010000000000? yes", "[card_track] yes"),
        (";4111111111111111=29121010000?", "[card_track]"),
        ("send it to bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq", "send it to [reference]"),
        ("0x52908400098527886E0F7030069857D2E4169EE7", "[reference]"),
        ("1BoatSLRHtKNngkdXEeobR76b53LETtpyT it was", "[reference] it was"),
    ]);
}

#[test]
fn an_address_of_a_machine_is_followed_over_turns() {
    let mut call = Call::new();
    call.agent("what ip address does it show");
    assert_eq!(call.customer("one seventy three point"), "[ip_address]");
    assert_eq!(call.agent("go ahead"), "go ahead");
    assert_eq!(call.customer("sixteen point two"), "[ip_address]");
    assert_eq!(call.customer("dot nine"), "[ip_address]");
}
