//! Who asks, where that decides what is shown: reviewers are known by a key, everybody else is anybody.

use std::{convert::Infallible, sync::Arc};

use access::Role;
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};
use sha2::{Digest, Sha256};

use crate::{caller::Known, problem::Problem, state::ApiState};

/// The cookie that holds a reviewer's key in a browser.
pub(crate) const COOKIE: &str = "trunkline_reviewer";
/// The longest key that is looked at.
const MAX_KEY: usize = 1_024;
/// Who reviews where nobody is named.
const ANYBODY: &str = "local";

/// The reviewers, by the digests of their keys.
#[derive(Clone, Debug, Default)]
pub struct Reviewers(Arc<[(Arc<str>, [u8; 32])]>);

impl Reviewers {
    /// These, each with the SHA-256 of their key. Without any, whoever asks is a reviewer.
    pub fn new(reviewers: impl IntoIterator<Item = (String, [u8; 32])>) -> Self {
        Self(reviewers.into_iter().map(|(name, digest)| (name.into(), digest)).collect())
    }

    /// Whose key this is.
    pub(crate) fn by_key(&self, key: &str) -> Option<Arc<str>> {
        // Digests are compared, so the time that it takes says nothing of a key.
        let digest: [u8; 32] = Sha256::digest(key.as_bytes()).into();
        self.0.iter().find(|(_, known)| *known == digest).map(|(name, _)| Arc::clone(name))
    }

    /// Whether somebody is named, so that not everybody is one.
    pub(crate) fn are_named(&self) -> bool {
        !self.0.is_empty()
    }

    fn who(&self, headers: &HeaderMap) -> Option<Arc<str>> {
        let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let bearer = bearer.and_then(|text| text.strip_prefix("Bearer ")).map(str::trim);
        bearer.or_else(|| cookie(headers)).filter(|key| key.len() <= MAX_KEY).and_then(|key| self.by_key(key))
    }
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let pairs = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = pairs.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE).map(|(_, key)| key)
}

/// Whoever asks: a reviewer's name, or nobody's.
#[derive(Clone, Debug)]
pub(crate) struct Viewer(pub(crate) Option<Arc<str>>);

impl FromRequestParts<ApiState> for Viewer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Infallible> {
        Ok(Self(who(parts, state)))
    }
}

/// The reviewer who asks. Where none are named, whoever may do everything is one.
fn who(parts: &Parts, state: &ApiState) -> Option<Arc<str>> {
    if state.reviewers.are_named() {
        return state.reviewers.who(&parts.headers);
    }
    if !state.entry.is_controlled() {
        return Some(ANYBODY.into());
    }
    let known = parts.extensions.get::<Known>().filter(|Known(known)| known.role == Role::Admin);
    known.map(|Known(known)| known.name.as_str().into())
}

/// A reviewer; anybody else is refused.
pub(crate) struct Reviewer(pub(crate) Arc<str>);

impl FromRequestParts<ApiState> for Reviewer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problem> {
        who(parts, state).map(Self).ok_or_else(Problem::sign_in)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reviewers() -> Reviewers {
        Reviewers::new([("ann".to_owned(), Sha256::digest(b"the key").into())])
    }

    fn asks(name: header::HeaderName, value: &str) -> Option<Arc<str>> {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().unwrap());
        reviewers().who(&headers)
    }

    #[test]
    fn a_reviewer_is_known_by_header_or_cookie() {
        assert_eq!(asks(header::AUTHORIZATION, "Bearer the key").as_deref(), Some("ann"));
        assert_eq!(asks(header::COOKIE, "a=b; trunkline_reviewer=the key").as_deref(), Some("ann"));
    }

    #[test]
    fn nobody_else_is_one() {
        assert_eq!(asks(header::AUTHORIZATION, "Bearer another"), None);
        assert_eq!(asks(header::AUTHORIZATION, "Basic the key"), None);
        assert_eq!(asks(header::COOKIE, "trunkline_reviewer="), None);
        assert_eq!(reviewers().who(&HeaderMap::new()), None);
    }

    #[test]
    fn nobody_is_known_where_nobody_is_named() {
        assert!(!Reviewers::default().are_named() && reviewers().are_named());
        assert_eq!(Reviewers::default().who(&HeaderMap::new()), None);
    }
}
