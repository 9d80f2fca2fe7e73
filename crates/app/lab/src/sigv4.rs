//! Signature Version 4 for the few requests that a producer sends (AWS General Reference, "Signing AWS API requests").
//!
//! Own code, as the whole of it is smaller than what the official crate brings along, and `PutMedia` signs the hash
//! of an empty body whatever its body is.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use model::Timestamp;
use sha2::{Digest, Sha256};

use crate::clock;

const SERVICE: &str = "kinesisvideo";
const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// A key pair that requests are signed with.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// Access key id.
    pub access_key: String,
    /// Secret access key.
    pub secret_key: String,
    /// Session token, of temporary keys.
    pub session_token: Option<String>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("access_key", &self.access_key).finish_non_exhaustive()
    }
}

impl Default for Credentials {
    /// What a local server that verifies nothing accepts.
    fn default() -> Self {
        Self { access_key: "local".into(), secret_key: "local".into(), session_token: None }
    }
}

/// Who signs, for where, and when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Signer<'a> {
    pub(crate) credentials: &'a Credentials,
    pub(crate) region: &'a str,
    pub(crate) now: Timestamp,
}

impl Signer<'_> {
    /// Adds the headers that make this POST of `signed_body` to `path` a signed one. All headers that are there
    /// already are signed; `Host` must be among them.
    pub(crate) fn sign(
        &self,
        path: &str,
        headers: &mut HeaderMap,
        signed_body: &[u8],
    ) -> Result<(), http::Error> {
        let date = clock::amz_date(self.now);
        headers.insert(HeaderName::from_static("x-amz-date"), HeaderValue::from_str(&date)?);
        if let Some(token) = &self.credentials.session_token {
            headers.insert(HeaderName::from_static("x-amz-security-token"), HeaderValue::from_str(token)?);
        }
        let day = date.get(..8).unwrap_or_default();
        let scope = format!("{day}/{}/{SERVICE}/aws4_request", self.region);
        let (names, request) = canonical_request(path, headers, signed_body);
        let to_sign = format!("{ALGORITHM}\n{date}\n{scope}\n{}", hex(&Sha256::digest(request.as_bytes())));
        let secret = format!("AWS4{}", self.credentials.secret_key);
        let key = [day, self.region, SERVICE, "aws4_request"]
            .iter()
            .fold(secret.into_bytes(), |key, part| hmac(&key, part.as_bytes()));
        let signature = hex(&hmac(&key, to_sign.as_bytes()));
        let value = format!(
            "{ALGORITHM} Credential={}/{scope}, SignedHeaders={names}, Signature={signature}",
            self.credentials.access_key
        );
        headers.insert(header::AUTHORIZATION, HeaderValue::from_str(&value)?);
        Ok(())
    }
}

/// The names of the signed headers, and the text whose hash is signed.
fn canonical_request(path: &str, headers: &HeaderMap, body: &[u8]) -> (String, String) {
    let mut lines: Vec<(&str, &str)> = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.to_str().unwrap_or_default().trim()))
        .collect();
    lines.sort_unstable();
    let names = lines.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
    let listed: String = lines.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
    let request = format!("POST\n{path}\n\n{listed}\n{names}\n{}", hex(&Sha256::digest(body)));
    (names, request)
}

fn hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes.iter().fold(String::new(), |mut out, byte| {
        write!(out, "{byte:02x}").expect("writing to a string cannot fail");
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected value computed with botocore's `SigV4Auth` for the same request.
    #[test]
    fn a_put_media_request_is_signed_as_the_service_expects() {
        let credentials = Credentials {
            access_key: "AKIDEXAMPLE".into(),
            secret_key: "wJalrXUtnFEMI".into(),
            session_token: None,
        };
        let signer = Signer {
            credentials: &credentials,
            region: "us-east-1",
            now: Timestamp::from_millis(1_628_097_473_000),
        };
        let mut headers = HeaderMap::new();
        headers.insert("host", HeaderValue::from_static("127.0.0.1:4580"));
        headers.insert("x-amzn-stream-name", HeaderValue::from_static("s1"));
        signer.sign("/putMedia", &mut headers, b"").unwrap();
        assert_eq!(
            headers["authorization"],
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20210804/us-east-1/kinesisvideo/aws4_request, \
             SignedHeaders=host;x-amz-date;x-amzn-stream-name, \
             Signature=35972c2f2fd01701896c8dcf399d5b04025e5a8fdcdb16e1971b83fb0ceb5727"
        );
    }
}
