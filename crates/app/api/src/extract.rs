//! Extractors whose refusals are problem documents.

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Query, Request},
    http::request::Parts,
};
use model::TenantId;
use serde::{Deserialize, de::DeserializeOwned};

use crate::{caller::Known, problem::Problem, state::ApiState};

/// The tenant that is asked about: the `tenant` parameter, else that of whoever asks, else the server's own.
pub(crate) struct Asked(pub(crate) ApiState);

#[derive(Deserialize)]
struct AskedTenant {
    tenant: Option<String>,
}

/// The pairs of a query, decoded; what is not UTF-8 then is left out.
pub(crate) fn query_pairs(query: &str) -> impl Iterator<Item = (String, String)> {
    query.split('&').filter_map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        Some((decoded(name)?, decoded(value)?))
    })
}

/// A part of a query or of a form, as `application/x-www-form-urlencoded` writes it.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => hex(rest.next()?)? << 4 | hex(rest.next()?)?,
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

impl FromRequestParts<ApiState> for Asked {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problem> {
        let Params(AskedTenant { tenant }) = Params::from_request_parts(parts, state).await?;
        let mut state = state.clone();
        let known = parts.extensions.get::<Known>().map(|Known(known)| known);
        if let Some(name) = tenant {
            let tenant = TenantId::new(name).ok().filter(|tenant| state.engine.tenants().is_known(tenant));
            state.tenant = tenant.ok_or_else(Problem::no_such_tenant)?;
        } else if let Some(own) = known.and_then(|known| known.tenant.clone()) {
            state.tenant = own;
        }
        if known.is_some_and(|known| !known.may_ask(&state.tenant)) {
            return Err(Problem::forbidden());
        }
        Ok(Self(state))
    }
}

/// Query parameters.
pub(crate) struct Params<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let query = Query::from_request_parts(parts, state).await;
        query.map(|Query(params)| Self(params)).map_err(|refusal| Problem::bad_parameter(refusal.body_text()))
    }
}

/// A whole body of bounded size.
pub(crate) struct Body(pub(crate) Bytes);

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = Bytes::from_request(request, state).await;
        bytes.map(Self).map_err(|refusal| Problem::body_not_taken(refusal.status(), refusal.body_text()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_decoded_and_what_is_no_text_is_left_out() {
        let pairs: Vec<_> = query_pairs("a=b+c%26&%7b=%C3%A9&broken=%2&broken=%zz&broken=%ff&bare").collect();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(pairs, [pair("a", "b c&"), pair("{", "é"), pair("bare", "")]);
    }
}
