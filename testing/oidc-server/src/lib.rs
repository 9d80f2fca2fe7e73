//! A stand-in for an identity provider: `OpenID` Connect with the code flow, PKCE and refresh tokens.
//!
//! It refuses what a real one refuses: redirects that are not registered to the letter, codes that were used, verifiers
//! that do not fit. Its keys can be changed, and it can fail, as asked.

mod authorize;
mod keys;
mod provider;
mod token;

pub use keys::Keys;
pub use provider::{Client, Fault, Provider, Settings};
