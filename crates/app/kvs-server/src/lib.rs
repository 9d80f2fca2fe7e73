//! `kvs-server`.
