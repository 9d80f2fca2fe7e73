//! Certificates: made, signed, kept and checked.

use bytes::Bytes;
use lifecycle::Certificate;
use model::TenantId;
use serde::{Deserialize, Serialize};
use signing::{Signature, SignatureError};
use thiserror::Error;

use crate::{Housekeeper, HousekeepingError, keys::tenant_part};

/// A certificate with its signature, which is of the certificate's JSON without blanks, in the order of its fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedCertificate {
    /// What is certified.
    pub certificate: Certificate,
    /// By whom; none when no key is set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<Signature>,
}

/// Why a certificate does not prove anything.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum UnreadableCertificate {
    /// It is no certificate.
    #[error("the document is no certificate of erasure")]
    Form(#[source] serde_json::Error),
    /// It has no signature.
    #[error("the certificate is not signed")]
    Unsigned,
    /// The signature does not fit.
    #[error(transparent)]
    Signature(#[from] SignatureError),
}

/// Reads a certificate and checks its signature. Whose key it is, the caller has to know by its id.
///
/// # Errors
/// Why it proves nothing.
pub fn check_certificate(json: &[u8]) -> Result<SignedCertificate, UnreadableCertificate> {
    let signed: SignedCertificate = serde_json::from_slice(json).map_err(UnreadableCertificate::Form)?;
    let signature = signed.signature.as_ref().ok_or(UnreadableCertificate::Unsigned)?;
    signature.verify(signed_bytes(&signed.certificate).as_bytes())?;
    Ok(signed)
}

fn signed_bytes(certificate: &Certificate) -> String {
    serde_json::to_string(certificate).expect("a certificate is plain data")
}

impl Housekeeper {
    /// Signs a certificate and keeps it.
    pub(crate) async fn certify(
        &self,
        tenant: &TenantId,
        certificate: Certificate,
    ) -> Result<(String, SignedCertificate), HousekeepingError> {
        let signature = self.signing.as_ref().map(|key| key.sign(signed_bytes(&certificate).as_bytes()));
        let key = format!("{}/certificates/{}.json", tenant_part(tenant), certificate.id);
        let signed = SignedCertificate { certificate, signature };
        let json = serde_json::to_string_pretty(&signed).expect("a certificate is plain data");
        let mut blob = self.kept.blobs.create(&key).await?;
        blob.write(Bytes::from(json)).await?;
        blob.commit().await?;
        Ok((key, signed))
    }
}
