//! Which tier speaks what.

use ports::Language;

/// The request's language as a tier with these tags is asked for it; `None` when it cannot speak it.
pub(crate) fn narrow(language: &Language, tags: Option<&[String]>) -> Option<Language> {
    let Some(tags) = tags else { return Some(language.clone()) };
    let speaks = |tag: &String| tags.iter().any(|known| matches(known, tag));
    match language {
        Language::Default => Some(Language::Default),
        Language::Tag(tag) => speaks(tag).then(|| language.clone()),
        Language::Identify(wanted) => {
            let mut spoken: Vec<String> = wanted.iter().filter(|tag| speaks(tag)).cloned().collect();
            match spoken.len() {
                // Nothing to choose from: the recogniser's own choice is as good.
                0 if wanted.is_empty() => Some(language.clone()),
                0 => None,
                1 => spoken.pop().map(Language::Tag),
                _ => Some(Language::Identify(spoken)),
            }
        }
    }
}

/// Whether one tag is the other or its beginning, subtag by subtag: `en` and `en-US` match, `en-GB` and `en-US` do not.
fn matches(known: &str, wanted: &str) -> bool {
    let subtags = |tag| str::split(tag, ['-', '_']);
    subtags(known).zip(subtags(wanted)).all(|(known, wanted)| known.eq_ignore_ascii_case(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(tags: &[&str]) -> Vec<String> {
        tags.iter().map(|&tag| tag.to_owned()).collect()
    }

    #[test]
    fn a_language_is_taken_by_those_that_speak_it() {
        let tag = |tag: &str| Language::Tag(tag.to_owned());
        let english = tags(&["en-US", "en-GB"]);
        assert_eq!(narrow(&tag("en-us"), Some(&english)), Some(tag("en-us")));
        assert_eq!(narrow(&tag("en"), Some(&english)), Some(tag("en")));
        assert_eq!(narrow(&tag("en-GB"), Some(&tags(&["en"]))), Some(tag("en-GB")));
        assert_eq!(narrow(&tag("en-AU"), Some(&english)), None);
        assert_eq!(narrow(&tag("de-DE"), Some(&english)), None);
        assert_eq!(narrow(&tag("de-DE"), None), Some(tag("de-DE")));
        assert_eq!(narrow(&Language::Default, Some(&english)), Some(Language::Default));
    }

    #[test]
    fn a_choice_is_narrowed_to_what_the_recogniser_speaks() {
        let choice = |wanted: &[&str]| Language::Identify(tags(wanted));
        let known = tags(&["en-US", "es-US"]);
        let narrowed = |wanted| narrow(&choice(wanted), Some(&known));
        assert_eq!(narrowed(&["de-DE", "es-US", "en-US"]), Some(choice(&["es-US", "en-US"])));
        assert_eq!(narrowed(&["de-DE", "es-US"]), Some(Language::Tag("es-US".to_owned())));
        assert_eq!(narrowed(&["de-DE", "fr-FR"]), None);
    }
}
