//! Who may do what: people and programs by API key, or by a token that was given for one of an identity provider.
//!
//! An [`Access`] turns what a request shows into a [`Principal`], whose role and scope decide what it gets. Tokens of
//! others are taken once, at the exchange (RFC 8693), and answered by a short one of ours, which every host of an
//! installation accepts by the key that they share. It knows nothing of HTTP, and never shows a key or a token.

mod access;
mod exchange;
mod issuer;
mod key_store;
mod principal;
mod tokens;

pub use access::{Access, AccessParts, ApiKey, Refused};
pub use exchange::{ExchangeError, Issued, SubjectToken};
pub use issuer::{ClaimNames, Issuer, KeySource, Unreadable, VerifyingKey};
pub use principal::{MAX_NAME_CHARS, Principal, Role};
pub use tokens::TokenKey;
