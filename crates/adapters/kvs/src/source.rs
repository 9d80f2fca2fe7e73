//! The port's implementation.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use bytes::Bytes;
use model::{StreamName, TenantId};
use ports::{MediaBody, MediaSource, MediaSourceError, MediaStream, StartAt, TimeRange};
use tokio::sync::OwnedSemaphorePermit;

use crate::{
    account::{Account, Session},
    archive::{self, ArchivedStream},
    endpoints::{Stream, StreamKey, Streams},
    facts::StreamFacts,
    pace::Crowded,
    role::Roles,
    wire::{Api, ArchiveClient, Body, Own, Refusal, SdkConfig, WireError},
};

/// Pages of a listing of streams; the service gives up to a thousand on each. What more there is, is passed over.
const MAX_STREAM_PAGES: usize = 20;

/// Opens streams of Kinesis Video Streams.
#[derive(Debug)]
pub struct KvsMediaSource {
    own: Own,
    roles: Roles,
    /// The account that tenants without a role share.
    shared: Arc<Account>,
    accounts: Mutex<HashMap<TenantId, Arc<Account>>>,
    streams: Streams,
}

impl KvsMediaSource {
    /// Reads from a server at `endpoint_url`, such as the local one, with a fixed key pair.
    #[must_use]
    pub fn local(endpoint_url: &str, region: &str, access_key: &str, secret_key: &str) -> Self {
        Self::of(Own::fixed(endpoint_url, region, access_key, secret_key))
    }

    /// Reads from the real service as `config` says: region, credentials, proxies.
    #[must_use]
    pub fn from_aws_config(config: &SdkConfig) -> Self {
        Self::of(Own::from_config(config.clone()))
    }

    /// Reads from the real service as the environment says: the AWS variables, profiles and instance roles.
    pub async fn from_environment() -> Self {
        Self::of(Own::from_environment().await)
    }

    /// Reads the streams of these tenants with roles of theirs, which it assumes with its own credentials.
    #[must_use]
    pub fn with_roles(mut self, roles: Roles) -> Self {
        self.roles = roles;
        self.accounts = Mutex::default();
        self
    }

    fn of(own: Own) -> Self {
        let shared = Arc::new(Account::new(own.clone(), None));
        Self { own, roles: Roles::new(), shared, accounts: Mutex::default(), streams: Streams::default() }
    }

    /// What the service says of a stream: its retention, key and state.
    ///
    /// # Errors
    /// As [`MediaSource::open`] has them.
    pub async fn describe(&self, stream: &MediaStream) -> Result<StreamFacts, MediaSourceError> {
        let (account, region) = (self.account(&stream.tenant), stream.address.region.as_deref());
        let name = &stream.address.name;
        let described = with_credentials(&account, |session| {
            let account = &account;
            async move { session.clients.describe(region.or_else(|| account.region()), name).await }
        });
        described.await.map_err(|error| error.of(name))
    }

    /// What the service says of the tenant's streams whose names begin with `prefix`, at most `limit`.
    ///
    /// # Errors
    /// As [`MediaSource::open`] has them; they name the prefix for the stream.
    pub async fn describe_all(
        &self,
        tenant: &TenantId,
        prefix: &str,
        limit: u32,
    ) -> Result<Vec<StreamFacts>, MediaSourceError> {
        let account = self.account(tenant);
        let found = with_credentials(&account, |session| {
            let account = &account;
            async move { list_streams(account, &session, prefix, limit).await }
        });
        found.await.map_err(|error| error.of(&named(prefix)))
    }

    /// Whether the tenant's role can be assumed now, and streams be listed with it.
    ///
    /// # Errors
    /// [`MediaSourceError::RoleRefused`] when the role does not let us in, [`MediaSourceError::Unauthorized`] when our
    /// own credentials are wrong or the role permits too little.
    pub async fn check_access(&self, tenant: &TenantId) -> Result<(), MediaSourceError> {
        let account = self.account(tenant);
        let listed = match account.new_session().await {
            Ok(session) => list_streams(&account, &session, "", 1).await,
            Err(error) => Err(error),
        };
        listed.map(drop).map_err(|error| error.of(&named("")))
    }

    fn account(&self, tenant: &TenantId) -> Arc<Account> {
        let Some(role) = self.roles.get(tenant) else { return Arc::clone(&self.shared) };
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        let account = accounts
            .entry(tenant.clone())
            .or_insert_with(|| Arc::new(Account::new(self.own.clone(), Some(role.clone()))));
        Arc::clone(account)
    }

    fn reading(&self, stream: &MediaStream) -> Reading {
        let account = self.account(&stream.tenant);
        let region = stream.address.region.clone().or_else(|| account.region().map(str::to_owned));
        let name = stream.address.name.clone();
        let key = StreamKey { tenant: stream.tenant.clone(), region: region.clone(), name: name.clone() };
        Reading { account, stream: self.streams.get(&key), region, name }
    }
}

#[async_trait]
impl MediaSource for KvsMediaSource {
    async fn open(
        &self,
        stream: &MediaStream,
        start: &StartAt,
    ) -> Result<Box<dyn MediaBody>, MediaSourceError> {
        let reading = self.reading(stream);
        let opened = with_credentials(&reading.account, |session| {
            let reading = &reading;
            async move { reading.open(&session, start).await }
        });
        match opened.await {
            Ok((body, place)) => Ok(Box::new(OpenStream { stream: reading.name, body, _place: place })),
            Err(error) => Err(error.of(&reading.name)),
        }
    }

    async fn open_archive(
        &self,
        stream: &MediaStream,
        range: TimeRange,
    ) -> Result<Box<dyn MediaBody>, MediaSourceError> {
        let reading = self.reading(stream);
        let opened = with_credentials(&reading.account, |session| {
            let reading = &reading;
            async move { reading.open_archive(&session, range).await }
        });
        match opened.await {
            Ok(archived) => Ok(Box::new(archived)),
            Err(error) => Err(error.of(&reading.name)),
        }
    }

    async fn streams(
        &self,
        tenant: &TenantId,
        prefix: &str,
        limit: u32,
    ) -> Result<Vec<MediaStream>, MediaSourceError> {
        let found = self.describe_all(tenant, prefix, limit).await?;
        let of_tenant = |facts: StreamFacts| MediaStream { tenant: tenant.clone(), address: facts.address };
        Ok(found.into_iter().map(of_tenant).collect())
    }
}

/// Makes a call, and makes it once more with other credentials when the service does not take the known ones.
async fn with_credentials<T, F>(account: &Account, call: impl Fn(Arc<Session>) -> F) -> Result<T, WireError>
where
    F: Future<Output = Result<T, WireError>>,
{
    let session = account.session().await?;
    match call(Arc::clone(&session)).await {
        Err(error) if error.refusal == Refusal::Unauthorized && account.is_renewable() => {
            tracing::debug!(?error, "the credentials are refused; asking for others");
            call(account.session_after(&session).await?).await
        }
        answer => answer,
    }
}

async fn list_streams(
    account: &Account,
    session: &Session,
    prefix: &str,
    limit: u32,
) -> Result<Vec<StreamFacts>, WireError> {
    let (mut found, mut token) = (Vec::new(), None);
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    for _ in 0..MAX_STREAM_PAGES {
        let wanted = limit.saturating_sub(u32::try_from(found.len()).unwrap_or(u32::MAX));
        let page = session.clients.streams(account.region(), prefix, wanted, token.take()).await?;
        found.extend(page.streams);
        found.truncate(most);
        token = page.next;
        if token.is_none() || found.len() >= most {
            break;
        }
    }
    Ok(found)
}

/// An error that concerns no one stream names the prefix.
fn named(prefix: &str) -> StreamName {
    let all = || StreamName::new("all").ok();
    StreamName::new(prefix).ok().or_else(all).expect("a plain word is a name")
}

/// One stream with all that reading it needs.
struct Reading {
    account: Arc<Account>,
    stream: Arc<Stream>,
    region: Option<String>,
    name: StreamName,
}

impl Reading {
    async fn open(
        &self,
        session: &Session,
        start: &StartAt,
    ) -> Result<(Body, OwnedSemaphorePermit), WireError> {
        let place = self.stream.place();
        let place =
            place.ok_or_else(|| WireError::new(Refusal::Throttled, "too many bodies of it are open"))?;
        let body = match self.try_open(session, start).await {
            Err(error) if error.is_stale_endpoint() => {
                tracing::debug!(stream.name = %self.name, "the data endpoint is stale");
                self.try_open(session, start).await
            }
            opened => opened,
        };
        Ok((body?, place))
    }

    async fn try_open(&self, session: &Session, start: &StartAt) -> Result<Body, WireError> {
        let url = self.endpoint(session, Api::GetMedia).await?;
        self.stream.opens.turn().await.map_err(crowded)?;
        let client = session.clients.media(self.region.as_deref(), &url);
        let opened = client.get_media(&self.name, start).await;
        self.stream.note(Api::GetMedia, opened.as_ref().err());
        opened
    }

    async fn open_archive(&self, session: &Session, range: TimeRange) -> Result<ArchivedStream, WireError> {
        match self.try_open_archive(session, range).await {
            Err(error) if error.is_stale_endpoint() => self.try_open_archive(session, range).await,
            opened => opened,
        }
    }

    async fn try_open_archive(
        &self,
        session: &Session,
        range: TimeRange,
    ) -> Result<ArchivedStream, WireError> {
        let client = self.archive(session, Api::ListFragments).await?;
        let listed = archive::list(&client, &self.name, range).await;
        self.stream.note(Api::ListFragments, listed.as_ref().err());
        let numbers = listed?;
        let client = if numbers.is_empty() {
            client
        } else {
            self.archive(session, Api::GetMediaForFragmentList).await?
        };
        Ok(ArchivedStream::new(self.name.clone(), client, Arc::clone(&self.stream), &numbers))
    }

    async fn archive(&self, session: &Session, api: Api) -> Result<ArchiveClient, WireError> {
        let url = self.endpoint(session, api).await?;
        Ok(session.clients.archive(self.region.as_deref(), &url))
    }

    async fn endpoint(&self, session: &Session, api: Api) -> Result<String, WireError> {
        if let Some(url) = self.stream.endpoint(api) {
            return Ok(url);
        }
        self.stream.lookups.turn().await.map_err(crowded)?;
        self.account.endpoints.turn().await.map_err(crowded)?;
        let url = session.clients.data_endpoint(self.region.as_deref(), &self.name, api).await?;
        self.stream.keep(api, &url);
        Ok(url)
    }
}

fn crowded(_: Crowded) -> WireError {
    WireError::new(Refusal::Throttled, "too many calls wait for their turn")
}

struct OpenStream {
    stream: StreamName,
    body: Body,
    _place: OwnedSemaphorePermit,
}

#[async_trait]
impl MediaBody for OpenStream {
    async fn next(&mut self) -> Result<Option<Bytes>, MediaSourceError> {
        self.body.next().await.map_err(|error| error.of(&self.stream))
    }
}
