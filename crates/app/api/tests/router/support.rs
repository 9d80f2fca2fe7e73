//! A router over stores in memory, and requests to it.

use std::sync::Arc;

use api::{ApiState, Keeping, RouterOptions};
use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Request, StatusCode, header, request},
};
use bytes::Bytes;
use compliance::{Verifier, VerifierParts};
use contacts::BlindIndex;
use engine::{Engine, EngineOptions, EngineParts};
use housekeeping::{Housekeeper, Kept};
use http_body_util::BodyExt;
use lifecycle::Retention;
use model::{CallId, TenantId, Timestamp, WorkerId};
use ports::{
    BlobStore, MediaSource, NewEvent,
    testing::{
        MemoryAuditLog, MemoryBlobStore, MemoryContacts, MemoryEventLog, MemoryLeases, ScriptedMediaSource,
        append_as_owner, ids,
    },
};
use serde_json::Value;
use signing::SigningKey;
use tower::ServiceExt;

pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

pub(crate) struct World {
    pub(crate) state: ApiState,
    pub(crate) tenant: TenantId,
    pub(crate) log: Arc<MemoryEventLog>,
    pub(crate) blobs: MemoryBlobStore,
}

/// An answer, read whole.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::reading(Arc::new(ScriptedMediaSource::new()))
    }

    /// One whose engine reads its streams from here.
    pub(crate) fn reading(media: Arc<dyn MediaSource>) -> Self {
        let log = Arc::new(MemoryEventLog::new());
        let blobs = MemoryBlobStore::new();
        let contacts = Arc::new(MemoryContacts::new());
        let audit = Arc::new(MemoryAuditLog::new());
        let kept = Kept {
            log: Arc::clone(&log) as _,
            blobs: Arc::new(blobs.clone()),
            contacts: Arc::clone(&contacts) as _,
            audit: Arc::clone(&audit) as _,
        };
        let housekeeper = Housekeeper::new(kept, Arc::new(|| NOW))
            .signing_with(Arc::new(SigningKey::from_secret(&[7; 32])))
            .finding_customers_by(Arc::new(BlindIndex::new(&[3; 32])));
        let retentions = [(ids("acme", "x").0, Retention::new(|_| Some(30)).unwrap())].into();
        let keeping = Keeping { housekeeper, audit, retentions };
        let parts = EngineParts {
            media,
            transcriber: None,
            absent: "the models are missing".to_owned(),
            log: Arc::clone(&log) as _,
            blobs: Arc::new(blobs.clone()),
            leases: Arc::new(MemoryLeases::new(Arc::new(|| NOW))),
            contacts: Arc::clone(&contacts) as _,
            bus: None,
            queue: None,
            clock: Arc::new(|| NOW),
        };
        let (tenant, _) = ids("acme", "call-1");
        let options = EngineOptions::new(WorkerId::new("host").unwrap(), tenant.clone());
        let engine = Arc::new(Engine::new(parts, options));
        let state = ApiState {
            tenant: tenant.clone(),
            engine,
            log: Arc::clone(&log) as _,
            blobs: Arc::new(blobs.clone()),
            keeping: Some(keeping),
            verifier: verifier(Arc::clone(&log), blobs.clone()),
            audit: Arc::new(MemoryAuditLog::new()),
            reviewers: api::Reviewers::default(),
            entry: api::Entry::default(),
            desk: api::Desk::default(),
            guiding: None,
            metrics: None,
            probes: Vec::new(),
        };
        Self { state, tenant, log, blobs }
    }

    pub(crate) fn router(&self) -> Router {
        api::router(self.state.clone())
    }

    pub(crate) fn router_for(&self, options: RouterOptions) -> Router {
        api::router_for(self.state.clone(), options)
    }

    pub(crate) async fn append(&self, call: &str, events: Vec<NewEvent>) -> CallId {
        let (_, call) = ids("acme", call);
        append_as_owner(self.log.as_ref(), &self.tenant, &call, Timestamp::from_millis(1), events)
            .await
            .unwrap();
        call
    }

    pub(crate) async fn store(&self, key: &str, bytes: Vec<u8>) {
        let mut writer = self.blobs.create(key).await.unwrap();
        writer.write(bytes.into()).await.unwrap();
        writer.commit().await.unwrap();
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        ask(self.router(), request("GET", path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, body: impl Into<Body>) -> Answer {
        ask(self.router(), request("POST", path).body(body.into()).unwrap()).await
    }
}

/// A verifier without a recogniser and a key.
fn verifier(log: Arc<MemoryEventLog>, blobs: MemoryBlobStore) -> Verifier {
    Verifier::new(VerifierParts {
        log,
        blobs: Arc::new(blobs),
        recogniser: None,
        key: None,
        clock: Arc::new(|| NOW),
        publish: Arc::new(|_| ()),
        policy: Arc::new(|_| Arc::default()),
    })
}

/// A request as a program on this machine sends it.
pub(crate) fn request(method: &str, path: &str) -> request::Builder {
    Request::builder().method(method).uri(path).header(header::HOST, "127.0.0.1:8080")
}

pub(crate) async fn ask(router: Router, request: Request<Body>) -> Answer {
    let (head, body) = router.oneshot(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Answer { status: head.status, headers: head.headers, body }
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: header::HeaderName) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// That the answer is a problem document of this status and code.
    #[track_caller]
    pub(crate) fn assert_problem(&self, status: u16, code: &str) {
        assert_eq!(self.header(header::CONTENT_TYPE), "application/problem+json", "{}", self.text());
        let problem = self.json();
        assert_eq!((self.status.as_u16(), problem["code"].as_str()), (status, Some(code)), "{problem}");
        assert_eq!(problem["status"], status);
        assert_eq!(problem["type"], format!("/docs/errors#{code}"));
    }
}
