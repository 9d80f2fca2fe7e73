//! Numbers that must stay readable.

use super::support::*;

const HARMLESS: &[&str] = &[
    "that is forty nine dollars and ninety nine cents",
    "it was $49.99 last time",
    "your total is two hundred and fifty dollars",
    "we meet at three thirty",
    "we meet at three thirty p.m. today",
    "we open at 8 a.m. and close at 9 p.m.",
    "i called at 3:30 yesterday",
    "i need two items please",
    "there were three digits missing",
    "the first one is fine",
    "my twenty first order",
    "it went up 5% this year",
    "it went up five percent this year",
    "it takes three to five business days",
    "it takes thirty days",
    "since nineteen ninety nine we live here",
    "we moved in 2019 to the city",
    "one moment please",
    "one of them is broken",
    "i got this for you",
    "give it to me",
    "we are open twenty four seven all year",
    "that is about four hundred miles from here",
    "i paid nineteen ninety nine for it",
    "we have twelve people on the list",
    "the 21st works",
    "you may 2 times",
    "it was in march twenty twenty four",
    "two for one is a good offer",
    "it rose three point five percent",
    "there are 250 items in it",
    "i have two kids and one dog",
    "about two thousand people came",
    "press one for sales or two for support",
    "is that one okay",
    "it is room 305 upstairs",
    "she was fifteen minutes late",
    "the meeting is from nine to five",
    "my flight is in ten hours",
    "we have 24 hour support",
    "i waited forty five minutes on hold",
    "there's a flight at 6:15 in the morning and one at two forty five in the afternoon",
    "i restarted it three or four times since 8 this morning",
    "that plan is 59.99 a month for 12 months",
    "i pay for 500 megabits but i only get 50",
    "error 404 came up on windows 11",
    "we drove 250 miles in four hours at sixty five miles an hour",
    "i opened it in March 2015 with 300 dollars",
    "book a table for four at seven thirty on the fifteenth",
    "it costs five lakh rupees or two lakh fifty thousand rupees",
    "we paid $ 50 and 20 % of it",
    "it is five years old",
    "i'm 42 minutes late",
    "your temperature is 72 degrees and you used 1,200 kilowatt hours",
    "the interest rate is 4.5 percent, and over 10,000 it's 5 percent",
    "two of them, one for me and one for my wife",
    "we paid twelve hundred dollars a month for two years",
    "a technician comes between 1 and 5 on Tuesday the 14th",
    "oh one more thing",
    "i can double check that for you",
];

#[test]
fn harmless_numbers_stay_readable() {
    let masked: Vec<String> =
        HARMLESS.iter().map(|text| alone(text)).filter(|shown| shown.contains('[')).collect();
    assert!(masked.is_empty(), "{masked:#?}");
}

#[test]
fn answers_to_harmless_questions_stay_readable() {
    for (question, answer) in [
        ("how many would you like", "two"),
        ("how many people will come", "twenty four"),
        ("what time works for you", "three thirty"),
        ("how old is the device", "five years"),
        ("what year did you move in", "nineteen eighty four"),
        ("how much was it", "forty nine ninety nine"),
        ("from one to ten how happy are you", "nine"),
    ] {
        let mut call = Call::new();
        assert_eq!(call.agent(question), question);
        assert_eq!(call.customer(answer), answer, "{question}");
    }
}

/// What is said around a card: at most 15 % of its harmless numbers may be lost.
#[test]
fn harmless_numbers_around_a_card_are_mostly_readable() {
    let around = [
        ("that will be forty nine dollars and ninety nine cents", 4),
        ("it takes three to five business days", 2),
        ("i have two cards which one do you want", 2),
        ("the deductible is 500 dollars and it takes 7 to 10 days", 3),
        ("it comes with two cups, three plates and a 50 dollar coupon", 3),
        ("i opened it in 2015 so that is nine years", 2),
        ("we close at eight p m today", 1),
        ("your order has three items", 1),
        ("is there a second one", 1),
        ("you get ten percent off", 1),
        ("one moment please", 1),
        ("you can return it within thirty days", 1),
        ("that is the three digits on the back", 1),
        ("the total is $120.50 today", 1),
        ("it is one of the two", 2),
        ("i called at 3:30 yesterday", 1),
        ("you have been with us for five years", 1),
        ("it should arrive on the twenty first", 1),
        ("so can i use one for this and one for that", 2),
        ("press one to continue or two to stop", 2),
        ("it leaves from gate 12 with flight 417 near room 305", 3),
        ("that was version two point four", 1),
        ("we are open from nine to five and around six on fridays", 3),
        ("it was 49.99 but you charged 59.99", 2),
        ("you charged me twenty nine ninety five for it", 1),
        ("that was back in twenty nineteen or since 2018", 2),
        ("we are open twenty four seven", 1),
        ("it takes twenty four to forty eight hours", 2),
        ("your plan has five hundred minutes and 20 gigabytes", 2),
    ];
    let (mut all, mut lost) = (0, 0);
    for (text, numbers) in around {
        let mut call = Call::new();
        call.agent("can i have your card number");
        call.customer("sure it is four one one one one one one one");
        let shown = call.customer(text);
        all += numbers;
        lost += shown.matches('[').count();
    }
    assert!(lost * 100 <= all * 15, "{lost} of {all}");
}

/// Numbers near each other, each with words of its own, while a card is asked for.
#[test]
fn numbers_near_each_other_are_told_apart() {
    for text in [
        "i bought two in twenty sixteen and one is broken already",
        "it went up in 2017 then again two years later",
        "exit 402 is 67 miles after exit 699",
        "bus 310 and then 34 minutes on foot",
        "it is step 9 of 11 and 28 out of 40 said yes",
        "he was number two on the list and waited nineteen hours",
        "you get one for eight hundred dollars or three for $274.81",
        "it was fifty six dollars forty two and then three days later twenty pounds ninety",
        "we are open from 2:00pm until 3:30am, seven days a week",
        "the app is at version three point four and it's the sixth time this week",
        "no the other one the blue one on the left",
    ] {
        let mut call = Call::new();
        call.agent("what is your card number please");
        assert_eq!(call.customer(text), text);
    }
}
