//! The last request of an upload in parts, made conditional.

use async_trait::async_trait;
use http::{HeaderValue, Method, header::IF_NONE_MATCH};
use object_store::{
    ClientOptions,
    client::{
        HttpClient, HttpConnector, HttpError, HttpRequest, HttpResponse, HttpService, ReqwestConnector,
    },
};

/// Connects as usual, and has S3 refuse to complete an upload in parts to a key that is taken: the object store's client
/// offers that for whole objects only. The header is not signed, which the signature's rules allow for all but the
/// service's own.
#[derive(Debug, Default)]
pub(super) struct WriteOnce;

impl HttpConnector for WriteOnce {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(Conditional(ReqwestConnector::default().connect(options)?)))
    }
}

#[derive(Debug)]
struct Conditional(HttpClient);

#[async_trait]
impl HttpService for Conditional {
    async fn call(&self, mut request: HttpRequest) -> Result<HttpResponse, HttpError> {
        if completes_an_upload(request.method(), request.uri().query()) {
            request.headers_mut().insert(IF_NONE_MATCH, HeaderValue::from_static("*"));
        }
        self.0.execute(request).await
    }
}

/// `POST /key?uploadId=…`; an upload begins with `POST /key?uploads`.
fn completes_an_upload(method: &Method, query: Option<&str>) -> bool {
    let names = |query: &str| query.split('&').any(|pair| pair.split('=').next() == Some("uploadId"));
    *method == Method::POST && query.is_some_and(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_end_of_an_upload_is_made_conditional() {
        assert!(completes_an_upload(&Method::POST, Some("uploadId=a")));
        assert!(completes_an_upload(&Method::POST, Some("x=1&uploadId=a")));
        assert!(!completes_an_upload(&Method::POST, Some("uploads=")));
        assert!(!completes_an_upload(&Method::POST, None));
        assert!(!completes_an_upload(&Method::PUT, Some("partNumber=1&uploadId=a")));
        assert!(!completes_an_upload(&Method::DELETE, Some("uploadId=a")));
    }
}
