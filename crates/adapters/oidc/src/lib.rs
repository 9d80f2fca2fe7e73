//! Fetches the keys of identity providers: by `OpenID` Connect Discovery, or from a known address.
//!
//! It checks where keys come from and how large they are; what a key is good for is not its business. Keys are fetched
//! over TLS, or from this machine.

mod fetch;

pub use fetch::HttpKeySets;
