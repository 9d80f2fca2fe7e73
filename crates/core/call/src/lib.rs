//! `call`.
