//! The forms of an English word: `cancel`, `cancels`, `cancelled`, `cancelling`, `canceled`, `cancellation`.

/// What a base takes as it is.
const ENDS: &[&str] = &[
    "", "s", "es", "d", "ed", "r", "rs", "er", "ers", "or", "ors", "ing", "ings", "ation", "ations", "ion",
    "ions", "ment", "ments", "able", "al", "als", "ance", "ure", "ures", "y", "ies",
];
/// What it takes after its last letter was doubled.
const DOUBLED: &[&str] = &["ed", "er", "ers", "ing", "ings", "ation", "ations", "able"];
/// What it takes in place of its last `e`.
const FOR_E: &[&str] = &[
    "ing", "ings", "ation", "ations", "ion", "ions", "able", "al", "als", "or", "ors", "ive", "ance", "ment",
    "ments",
];
/// What it takes in place of its last `y`.
const FOR_Y: &[&str] = &["ies", "ied", "ier", "iers", "ication", "ications", "iable", "iance"];

/// Forms that no rule makes, after their base.
const IRREGULAR: &[&[&str]] = &[
    &["be", "am", "is", "are", "was", "were", "been", "being"],
    &["begin", "began", "begun"],
    &["break", "broke", "broken"],
    &["bring", "brought"],
    &["buy", "bought"],
    &["catch", "caught"],
    &["choose", "chose", "chosen", "choice", "choices"],
    &["come", "came"],
    &["complain", "complaint", "complaints"],
    &["decide", "decision", "decisions"],
    &["do", "does", "did", "done"],
    &["explain", "explanation"],
    &["feel", "felt"],
    &["find", "found"],
    &["forget", "forgot", "forgotten"],
    &["freeze", "froze", "frozen"],
    &["get", "got", "gotten"],
    &["give", "gave", "given"],
    &["go", "goes", "went", "gone"],
    &["have", "has", "had", "having"],
    &["hear", "heard"],
    &["hold", "held"],
    &["keep", "kept"],
    &["know", "knew", "known"],
    &["leave", "left"],
    &["lose", "lost", "loss"],
    &["make", "made"],
    &["mean", "meant"],
    &["meet", "met"],
    &["pay", "paid"],
    &["receive", "receipt", "receipts"],
    &["run", "ran"],
    &["say", "said"],
    &["see", "saw", "seen"],
    &["sell", "sold", "sale", "sales"],
    &["send", "sent"],
    &["speak", "spoke", "spoken"],
    &["spend", "spent"],
    &["steal", "stole", "stolen", "theft"],
    &["subscribe", "subscription", "subscriptions"],
    &["sue", "lawsuit", "suing"],
    &["take", "took", "taken"],
    &["tell", "told"],
    &["think", "thought"],
    &["try", "trial", "trials"],
    &["understand", "understood"],
    &["withdraw", "withdrew", "withdrawn"],
    &["write", "wrote", "written"],
];

/// Whether a word is the base or one of its forms.
pub(crate) fn is_form(base: &str, word: &str) -> bool {
    if word.strip_prefix(base).is_some_and(|end| ENDS.contains(&end) || doubles(base, end)) {
        return true;
    }
    let replaced = |last: char, ends: &[&str]| {
        base.strip_suffix(last)
            .filter(|root| root.len() > 1)
            .and_then(|root| word.strip_prefix(root))
            .is_some_and(|end| ends.contains(&end))
    };
    replaced('e', FOR_E) || replaced('y', FOR_Y) || irregular(base, word)
}

/// Whether an end is the base's last letter again and something that makes a form.
fn doubles(base: &str, end: &str) -> bool {
    let last =
        base.chars().next_back().filter(|last| last.is_ascii_lowercase() && !"aeiouwxy".contains(*last));
    last.and_then(|last| end.strip_prefix(last)).is_some_and(|end| DOUBLED.contains(&end))
}

fn irregular(base: &str, word: &str) -> bool {
    IRREGULAR.iter().any(|forms| forms.first() == Some(&base) && forms.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_word_is_its_form() {
        for (base, forms) in [
            ("cancel", "cancel cancels cancelled cancelling canceled canceling cancellation cancellations"),
            ("charge", "charge charges charged charging charger"),
            ("verify", "verify verifies verified verifying verification"),
            ("apply", "apply applies applied applying application"),
            ("refund", "refund refunds refunded refunding refundable"),
            ("pay", "pay pays paying paid payment payments payable"),
            ("subscribe", "subscribe subscribed subscriber subscription"),
            ("activate", "activate activated activating activation"),
            ("deliver", "deliver delivers delivered delivery deliveries"),
            ("stop", "stop stops stopped stopping"),
            ("renew", "renew renewal renewed renewing"),
            ("fail", "fail fails failed failing failure"),
        ] {
            for form in forms.split(' ') {
                assert!(is_form(base, form), "{base}: {form}");
            }
        }
    }

    #[test]
    fn words_that_only_begin_alike_are_none() {
        for (base, other) in [
            ("cancel", "cancer"),
            ("pay", "paypal"),
            ("charge", "charity"),
            ("stop", "stopwatch"),
            ("be", "bee"),
            ("account", "accountant"),
            ("e", "ing"),
        ] {
            assert!(!is_form(base, other), "{base}: {other}");
        }
    }
}
