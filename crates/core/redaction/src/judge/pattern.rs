//! Shapes of spoken numbers: years, times of day, prices.

use crate::{
    run::{Item, Run},
    token::Shape,
};

pub(super) fn is_code(run: &Run) -> bool {
    run.digits.len() >= 2 && run.items.iter().any(|item| matches!(item, Item::Written(_, Shape::Code, _)))
}

pub(super) fn scaled(run: &Run) -> bool {
    matches!(run.items[..], [Item::Scaled])
}

/// "nineteen eighty four", "twenty twenty", "2019", "two thousand five".
pub(super) fn is_year(items: &[Item]) -> bool {
    match items {
        [Item::Pair(18..=20), Item::Pair(10..)] | [Item::Pair(18..=20), Item::Unit(0), Item::Unit(_)] => true,
        [Item::Written(4, Shape::Plain, value)] => (1_800..2_100).contains(value),
        [Item::Scaled] => true,
        _ => false,
    }
}

pub(super) fn is_day(item: Item) -> bool {
    matches!(item, Item::Unit(1..) | Item::Pair(..=31) | Item::Written(1 | 2, _, 1..=31))
}

/// "three thirty", "ten oh five", "7 45".
pub(super) fn is_time(items: &[Item]) -> bool {
    let hour = |item: &Item| {
        matches!(item, Item::Unit(1..) | Item::Pair(10..=12) | Item::Written(1 | 2, Shape::Plain, 1..=12))
    };
    match items {
        [first, Item::Pair(10..=59) | Item::Written(2, Shape::Plain, 0..=59)] => hour(first),
        [first, Item::Unit(0), Item::Unit(1..)] => hour(first),
        [Item::Written(_, Shape::Time, _)] => true,
        _ => false,
    }
}

/// "three thirty", "quarter" hours: said without "at" too.
pub(super) fn is_quarter(items: &[Item]) -> bool {
    matches!(items, [_, Item::Pair(15 | 30 | 45)] | [_, Item::Written(2, _, 15 | 30 | 45)])
}

/// "forty nine ninety nine".
pub(super) fn is_price(items: &[Item]) -> bool {
    let part = |item: &Item| {
        matches!(item, Item::Pair(_) | Item::Unit(1..) | Item::Scaled | Item::Written(1..=3, ..))
    };
    match items {
        [whole, Item::Pair(_)] => part(whole),
        [Item::Written(1..=4, ..)] => true,
        _ => false,
    }
}
