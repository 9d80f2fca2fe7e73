//! Which language the service is asked for.

use ports::{Language, TranscriberError};

/// What is asked of the service. It takes one language, or identification, never both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// This language.
    One(String),
    /// One of these, at least two, found for each channel.
    Identify(Vec<String>),
}

impl Choice {
    /// What to ask for a call that wants `wanted`, where calls that want nothing have `fallback`.
    ///
    /// The service identifies among two languages at least, with one dialect of each: of several the first stands,
    /// and a single language that is left is asked for as such.
    pub(crate) fn of(wanted: &Language, fallback: &Language) -> Result<Self, TranscriberError> {
        match (wanted, fallback) {
            (Language::Tag(tag), _) | (Language::Default, Language::Tag(tag)) => one(tag),
            (Language::Identify(tags), _) | (Language::Default, Language::Identify(tags))
                if !tags.is_empty() =>
            {
                among(tags)
            }
            (Language::Identify(_), Language::Tag(tag)) => one(tag),
            (Language::Identify(_) | Language::Default, Language::Identify(_) | Language::Default) => Err(
                TranscriberError::Unavailable("no language is configured for Amazon Transcribe".to_owned()),
            ),
        }
    }
}

fn one(tag: &str) -> Result<Choice, TranscriberError> {
    let part_is_plain =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if tag.split('-').all(part_is_plain) {
        return Ok(Choice::One(tag.to_owned()));
    }
    Err(TranscriberError::Unavailable(format!("{tag:?} is no language tag such as en-US")))
}

fn among(tags: &[String]) -> Result<Choice, TranscriberError> {
    let mut options: Vec<String> = Vec::new();
    for tag in tags {
        one(tag)?;
        if options.iter().all(|other| !primary(other).eq_ignore_ascii_case(primary(tag))) {
            options.push(tag.clone());
        }
    }
    match options.as_slice() {
        [only] => Ok(Choice::One(only.clone())),
        _ => Ok(Choice::Identify(options)),
    }
}

fn primary(tag: &str) -> &str {
    tag.split_once('-').map_or(tag, |(primary, _)| primary)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(tag: &str) -> Language {
        Language::Tag(tag.to_owned())
    }

    fn identify(tags: &[&str]) -> Language {
        Language::Identify(tags.iter().map(|&tag| tag.to_owned()).collect())
    }

    fn choose(wanted: &Language) -> Choice {
        Choice::of(wanted, &tag("en-GB")).unwrap()
    }

    #[test]
    fn a_call_gets_its_language_or_the_configured_one() {
        assert_eq!(choose(&tag("es-US")), Choice::One("es-US".to_owned()));
        assert_eq!(choose(&Language::Default), Choice::One("en-GB".to_owned()));
        let both = Choice::of(&Language::Default, &identify(&["en-US", "es-US"])).unwrap();
        assert_eq!(both, Choice::Identify(vec!["en-US".to_owned(), "es-US".to_owned()]));
    }

    #[test]
    fn identification_has_one_dialect_of_two_languages_or_is_none() {
        let three = choose(&identify(&["en-US", "es-US", "en-GB", "fr-CA"]));
        let options = ["en-US", "es-US", "fr-CA"].map(str::to_owned).to_vec();
        assert_eq!(three, Choice::Identify(options));
        assert_eq!(choose(&identify(&["en-AU", "en-US"])), Choice::One("en-AU".to_owned()));
        assert_eq!(choose(&identify(&["de-DE"])), Choice::One("de-DE".to_owned()));
        assert_eq!(choose(&identify(&[])), Choice::One("en-GB".to_owned()));
    }

    #[test]
    fn what_is_no_tag_is_refused_before_it_is_sent() {
        for bad in ["", "en US", "en-", "en_US", "en\r\nx-evil: 1"] {
            let refused = Choice::of(&tag(bad), &tag("en-US"));
            assert!(matches!(refused, Err(TranscriberError::Unavailable(_))), "{bad:?}");
        }
        assert!(Choice::of(&Language::Default, &Language::Default).is_err());
    }
}
