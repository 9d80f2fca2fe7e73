//! Extractors whose refusals are problem documents.

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Query, Request},
    http::request::Parts,
};
use model::TenantId;
use serde::{Deserialize, de::DeserializeOwned};

use crate::{problem::Problem, state::ApiState};

/// The tenant that is asked about: the `tenant` parameter, else the server's own.
pub(crate) struct Asked(pub(crate) ApiState);

#[derive(Deserialize)]
struct AskedTenant {
    tenant: Option<String>,
}

impl FromRequestParts<ApiState> for Asked {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problem> {
        let Params(AskedTenant { tenant }) = Params::from_request_parts(parts, state).await?;
        let mut state = state.clone();
        if let Some(name) = tenant {
            let tenant = TenantId::new(name).ok().filter(|tenant| state.engine.tenants().is_known(tenant));
            state.tenant = tenant.ok_or_else(Problem::no_such_tenant)?;
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
