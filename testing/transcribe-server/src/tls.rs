//! A certificate of the server's own.

use std::sync::Arc;

use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto::aws_lc_rs, pki_types::PrivateKeyDer},
};

use crate::server::StartError;

/// The names that the certificate is for.
const NAMES: [&str; 2] = ["localhost", "127.0.0.1"];

/// Makes a key and its certificate. Gives the acceptor, and the certificate in PEM for clients to trust.
pub(crate) fn acceptor() -> Result<(TlsAcceptor, String), StartError> {
    let made = rcgen::generate_simple_self_signed(NAMES.map(str::to_owned).to_vec())
        .map_err(|error| StartError::Certificate(Box::new(error)))?;
    let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| {
            builder.with_no_client_auth().with_single_cert(vec![made.cert.der().clone()], key)
        })
        .map_err(|error| StartError::Certificate(Box::new(error)))?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok((TlsAcceptor::from(Arc::new(config)), made.cert.pem()))
}
