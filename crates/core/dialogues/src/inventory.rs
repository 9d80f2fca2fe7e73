//! The words and sentences that everything is made of, from the files beside this crate.

use std::collections::BTreeMap;

/// One of the two halves of the inventory. They share no sentence, no name and no opener, so that a redactor that was
/// tuned on one can be measured on the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Half {
    /// For looking at failures and mending them.
    Tune,
    /// For measuring alone.
    HeldOut,
}

impl Half {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Tune, Self::HeldOut];

    /// Its name in files and tables.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tune => "tune",
            Self::HeldOut => "held-out",
        }
    }
}

const FILES: &[&str] = &[
    include_str!("../inventory/names.txt"),
    include_str!("../inventory/places.txt"),
    include_str!("../inventory/words.txt"),
    include_str!("../inventory/written.txt"),
    include_str!("../inventory/asked.txt"),
    include_str!("../inventory/said.txt"),
    include_str!("../inventory/talk.txt"),
    include_str!("../inventory/more.txt"),
];

/// One half of the inventory: lists by name.
#[derive(Debug)]
pub(crate) struct Inventory {
    lists: BTreeMap<&'static str, Vec<&'static str>>,
}

impl Inventory {
    /// Reads the files: `[name]` opens a list of both halves, `[name tune]` and `[name held-out]` one of a half. A list
    /// has an item a line, or several with commas where its name ends in an asterisk.
    pub(crate) fn of(half: Half) -> Self {
        let mut lists: BTreeMap<&'static str, Vec<&'static str>> = BTreeMap::new();
        for file in FILES {
            let mut open: Option<(&'static str, bool)> = None;
            for line in file.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
            {
                if let Some(head) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'))
                    && !head.contains('[')
                {
                    open = heading(head, half);
                } else if let Some((name, commas)) = open {
                    let list = lists.entry(name).or_default();
                    if commas {
                        list.extend(line.split(',').map(str::trim).filter(|item| !item.is_empty()));
                    } else {
                        list.push(line);
                    }
                }
            }
        }
        Self { lists }
    }

    /// A list by name.
    ///
    /// # Panics
    /// When there is none: the files are part of the crate.
    pub(crate) fn list(&self, name: &str) -> &[&'static str] {
        self.lists.get(name).map_or_else(|| panic!("the inventory has no list {name}"), Vec::as_slice)
    }
}

fn heading(head: &'static str, half: Half) -> Option<(&'static str, bool)> {
    let (name, of) = head.split_once(' ').map_or((head, None), |(name, of)| (name, Some(of)));
    if of.is_some_and(|of| of != half.as_str()) {
        return None;
    }
    Some(name.strip_suffix('*').map_or((name, false), |name| (name, true)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_share_no_item_of_a_list_that_they_both_have() {
        let (tune, held_out) = (Inventory::of(Half::Tune), Inventory::of(Half::HeldOut));
        assert_eq!(tune.lists.keys().collect::<Vec<_>>(), held_out.lists.keys().collect::<Vec<_>>());
        for file in FILES {
            for head in file.lines().filter(|line| line.starts_with('[') && line.ends_with(" tune]")) {
                let name = head.trim_start_matches('[').trim_end_matches(" tune]").trim_end_matches('*');
                for item in tune.list(name) {
                    assert!(!held_out.list(name).contains(item), "{name}: {item:?} is in both halves");
                }
            }
        }
    }
}
