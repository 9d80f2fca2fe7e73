//! The words of the lexicon, apart by spaces.

use super::{Class, flag};

/// What words are in a spoken number.
pub(super) const CLASSES: &[(Class, &str)] = &[
    (Class::Unit(0), "zero zeros zeroes nought naught nil cero"),
    (Class::Unit(1), "one ones"),
    (Class::Unit(2), "two twos"),
    (Class::Unit(3), "three threes"),
    (Class::Unit(4), "four fours"),
    (Class::Unit(5), "five fives fife"),
    (Class::Unit(6), "six sixes"),
    (Class::Unit(7), "seven sevens"),
    (Class::Unit(8), "eight eights"),
    (Class::Unit(9), "nine nines niner"),
    (Class::Oh, "oh o ohs"),
    (Class::Homophone(1), "won wan"),
    (Class::Homophone(2), "to too tu"),
    (Class::Homophone(3), "tree free"),
    (Class::Homophone(4), "for fore fo"),
    (Class::Homophone(6), "sex sics sicks"),
    (Class::Homophone(8), "ate ait"),
    (Class::Homophone(9), "nein nigh"),
    (Class::Teen(10), "ten"),
    (Class::Teen(11), "eleven"),
    (Class::Teen(12), "twelve"),
    (Class::Teen(13), "thirteen"),
    (Class::Teen(14), "fourteen"),
    (Class::Teen(15), "fifteen"),
    (Class::Teen(16), "sixteen"),
    (Class::Teen(17), "seventeen"),
    (Class::Teen(18), "eighteen"),
    (Class::Teen(19), "nineteen"),
    (Class::Tens(20), "twenty twenties"),
    (Class::Tens(30), "thirty"),
    (Class::Tens(40), "forty fourty"),
    (Class::Tens(50), "fifty"),
    (Class::Tens(60), "sixty"),
    (Class::Tens(70), "seventy"),
    (Class::Tens(80), "eighty"),
    (Class::Tens(90), "ninety ninty"),
    (Class::Scale(100), "hundred hundreds"),
    (Class::Scale(1_000), "thousand thousands grand"),
    (Class::Scale(100_000), "lakh lakhs lac lacs"),
    (Class::Scale(10_000_000), "crore crores"),
    (Class::Scale(1_000_000), "million millions"),
    (Class::Scale(1_000_000_000), "billion billions"),
    (Class::Times(2), "double"),
    (Class::Times(3), "triple treble"),
    (Class::Times(4), "quadruple quad"),
    (
        Class::Filler,
        "uh uhh uhm um umm er erm ah eh hm hmm mm mhm and then dash hyphen space comma dot slash hash plus \
         minus underscore pause okay ok sorry no nope wait yes yeah yep right so well like again actually \
         correction next pardon oops alright",
    ),
    (
        Class::Link,
        "are after i mean make that thats let me see hold on you know think a an its it is the was scratch sec my there \
         theres here heres go goes ends starts starting ending first last please hang excuse got sure or \
         number numbers digit digits im gonna repeat rest remaining remainder following start",
    ),
    (Class::Point, "point"),
    (
        Class::Ordinal,
        "second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth \
         fifteenth sixteenth seventeenth eighteenth nineteenth twentieth thirtieth fortieth fiftieth \
         hundredth",
    ),
    (
        Class::Month,
        "january february march april may june july august september october november december jan feb mar \
         apr jun jul aug sep sept oct nov dec",
    ),
    (Class::Letter, "zee zed aitch haitch dubya ess eff vee"),
];

/// What else is known of words.
pub(super) const FLAGS: &[(u16, &str)] = &[
    (
        flag::MONEY,
        "dollars dollar bucks buck quid cents cent euros euro pounds pound pence rupees rupee rs paise pesos \
         yen usd gbp inr percent",
    ),
    (
        flag::NO_DIGIT,
        "but because with without we he she they have has had from by of if when what not do does did will \
         would can could should where who are am be at in into out up off until till after before between \
         about around under over plan while every each per than only just maybe instead since",
    ),
    (
        flag::COUNTED,
        "dollar dollars buck bucks cent cents pound pounds euro euros pence percent percentage degree degrees \
         oclock am pm second seconds minute minutes min mins hour hours day days night nights week weeks \
         month months year years business working moment moments time times item items piece pieces box boxes \
         bag bags order orders people person persons adult adults child children kid kids guest guests room \
         rooms bedroom bedrooms ticket tickets seat seats mile miles meter meters metre metres foot feet inch \
         inches kilometers kilos gigabyte gigabytes megabytes gig gigs megs star stars point points package \
         packages device devices line lines account accounts card cards option options question questions \
         thing things copy copies page pages step steps way ways payment payments installments call calls \
         more other others bottles bottle shirts shirt pairs pair units unit users user licenses employees \
         thirds quarters chance problem issue issues reason reasons stop stops bed beds bath baths \
         percentages digit digits number numbers figure figures character characters letters inclusive \
         kilowatt kilowatts megabits mg milligrams ml volts watts amps grams ounces oz lbs gallons liters mph \
         fahrenheit celsius cars car doors visits transactions transaction charges charge letter passengers \
         passenger sizes dozen couple half weekdays occasions attempts tries",
    ),
    (
        flag::SINGULAR,
        "this thats thanks does plus lets yours hers always heres theres whats perhaps yes guess pass across \
         unless oops numbers digits",
    ),
    (flag::LEADS_TIME, "at by until till around about before after from between past"),
    (
        flag::LEADS_YEAR,
        "in since year of from until till before after during around circa late early by spring summer fall \
         autumn winter",
    ),
    (
        flag::LEADS_PRICE,
        "cost costs price priced pay pays paid paying charge charged fee total totals amount bill balance \
         refund refunded worth owe",
    ),
    (
        flag::LABEL,
        "room gate flight train coach page version model route highway exit channel level floor step option \
         section article form size bus platform terminal seat row aisle press error window windows top \
         interstate unit apartment suite lane bay desk counter zone season episode part phase stage tier \
         grade class chapter line dial queue bin shelf",
    ),
    (
        flag::PHONETIC,
        "alpha alfa bravo charlie delta echo foxtrot golf hotel india juliet juliett kilo lima mike november \
         oscar papa quebec romeo sierra tango uniform victor whiskey whisky xray yankee zulu",
    ),
    (flag::ODD, "fore fo tree tu wan sics sicks ait nein nigh"),
];
