//! A Security Token Service for the roles of the server's account: `AssumeRole` with its trust in an external id,
//! temporary credentials that end.
//!
//! It speaks the query protocol on the server's own port and exists only where roles are configured. Then media is
//! read with a session of one of them and with nothing else, and a session may read and do nothing else.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use model::{StreamName, Timestamp};

use crate::{
    access::Caller,
    config::{Credentials, Role},
    error::{ApiError, Exception},
    faults::{FaultKind, Operation},
    http_body::{Body, full},
    router::App,
};

/// Sessions that are remembered; beyond it the oldest end.
const MAX_SESSIONS: usize = 10_000;
/// How long a session lasts that does not say, and the most when it was begun by another session (role chaining).
const HOUR: Duration = Duration::from_secs(60 * 60);
/// The shortest and the longest that may be asked for.
const LIFETIMES_SECONDS: std::ops::RangeInclusive<u64> = 900..=12 * 60 * 60;
/// Form fields that a request may have.
const MAX_FIELDS: usize = 64;

/// The sessions that were begun.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    by_token: HashMap<String, Session>,
    /// The oldest first.
    order: VecDeque<String>,
}

#[derive(Clone, Debug)]
struct Session {
    credentials: Credentials,
    expires: Timestamp,
}

/// What a session token is.
#[derive(Debug)]
pub(crate) enum Token {
    /// It was issued and holds.
    Good(Credentials),
    /// It was issued and is over.
    Expired,
    /// It was never issued here.
    Unknown,
}

impl Sessions {
    /// Looks a token up.
    pub(crate) fn find(&self, token: &str, now: Timestamp) -> Token {
        match self.lock().by_token.get(token) {
            Some(session) if session.expires > now => Token::Good(session.credentials.clone()),
            Some(_) => Token::Expired,
            None => Token::Unknown,
        }
    }

    /// Ends all sessions that were begun so far.
    pub(crate) fn expire_all(&self) {
        self.lock()
            .by_token
            .values_mut()
            .for_each(|session| session.expires = Timestamp::from_micros(i64::MIN));
    }

    fn begin(&self, expires: Timestamp) -> Credentials {
        let random = || uuid::Uuid::new_v4().simple().to_string();
        let token = format!("{}{}", random(), random());
        let credentials = Credentials {
            access_key: format!("ASIA{}", random().to_uppercase().chars().take(16).collect::<String>()),
            secret_key: format!("{}{}", random(), random()),
            session_token: Some(token.clone()),
        };
        let mut state = self.lock();
        state.by_token.insert(token.clone(), Session { credentials: credentials.clone(), expires });
        state.order.push_back(token);
        while state.order.len() > MAX_SESSIONS {
            if let Some(oldest) = state.order.pop_front() {
                state.by_token.remove(&oldest);
            }
        }
        credentials
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why a call is refused, by STS's own names.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct StsError {
    code: &'static str,
    status: StatusCode,
    message: String,
}

impl StsError {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        let status = match code {
            "ValidationError" | "InvalidAction" | "MissingAction" | "Throttling" => StatusCode::BAD_REQUEST,
            "InternalFailure" => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::FORBIDDEN,
        };
        Self { code, status, message: message.into() }
    }

    /// A signature that was refused, by STS's names.
    pub(crate) fn of(error: &ApiError) -> Self {
        let names = [
            (Exception::ExpiredToken, "ExpiredToken"),
            (Exception::InvalidSignature, "SignatureDoesNotMatch"),
            (Exception::IncompleteSignature, "IncompleteSignature"),
            (Exception::MissingAuthenticationToken, "MissingAuthenticationToken"),
            (Exception::InternalFailure, "InternalFailure"),
        ];
        let named = names.iter().find(|(exception, _)| *exception == error.exception());
        Self::new(named.map_or("InvalidClientTokenId", |(_, name)| name), error.message())
    }

    pub(crate) fn response(&self) -> Response<Body> {
        let (code, message) = (self.code, escaped(&self.message));
        let request_id = uuid::Uuid::new_v4();
        let body = format!(
            "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type>\
             <Code>{code}</Code><Message>{message}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>"
        );
        xml(self.status, body)
    }
}

/// Answers a call of STS.
pub(crate) fn answer(app: &App, caller: Caller, body: &[u8]) -> Result<Response<Body>, StsError> {
    let fields = fields(body)?;
    let field = |name: &str| fields.get(name).map(String::as_str);
    match field("Action") {
        Some("AssumeRole") => {}
        Some(other) => {
            return Err(StsError::new("InvalidAction", format!("Could not find operation {other}")));
        }
        None => return Err(StsError::new("MissingAction", "The request names no action.")),
    }
    let wanted = Wanted {
        role: field("RoleArn").unwrap_or_default(),
        session: field("RoleSessionName").unwrap_or_default(),
        external_id: field("ExternalId"),
        seconds: field("DurationSeconds")
            .map(|text| text.parse().map_err(|_| bad("DurationSeconds")))
            .transpose()?,
    };
    fault(app, wanted.role)?;
    let lifetime = wanted.check(&app.config.roles, caller)?;
    let lifetime = app.config.session_lifetime.unwrap_or(lifetime);
    let expires = app.registry.now() + lifetime;
    let credentials = app.sessions.begin(expires);
    tracing::debug!(role.arn = wanted.role, "a role was assumed");
    Ok(xml(StatusCode::OK, wanted.response(&credentials, expires)))
}

#[derive(Debug)]
struct Wanted<'a> {
    role: &'a str,
    session: &'a str,
    external_id: Option<&'a str>,
    seconds: Option<u64>,
}

impl Wanted<'_> {
    /// Whether the role may be assumed so, and for how long.
    fn check(&self, roles: &[Role], caller: Caller) -> Result<Duration, StsError> {
        let name_is_good = (2..=64).contains(&self.session.len())
            && self.session.bytes().all(|b| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b));
        if !name_is_good {
            return Err(bad("RoleSessionName"));
        }
        if !self.role.starts_with("arn:") || !self.role.contains(":role/") {
            return Err(StsError::new("ValidationError", format!("{} is invalid", self.role)));
        }
        let seconds = self.seconds.unwrap_or(HOUR.as_secs());
        if !LIFETIMES_SECONDS.contains(&seconds) {
            return Err(bad("DurationSeconds"));
        }
        if caller == Caller::Session && seconds > HOUR.as_secs() {
            let message = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role \
                           chaining";
            return Err(StsError::new("ValidationError", message));
        }
        // One answer for a role that is not there and one that does not trust: nothing can be found out by trying.
        let trusts = |role: &&Role| {
            role.arn == self.role && role.external_id.as_deref().is_none_or(|id| self.external_id == Some(id))
        };
        if roles.iter().any(|role| trusts(&role)) {
            return Ok(Duration::from_secs(seconds));
        }
        let message = format!("User is not authorized to perform: sts:AssumeRole on resource: {}", self.role);
        Err(StsError::new("AccessDenied", message))
    }

    fn response(&self, credentials: &Credentials, expires: Timestamp) -> String {
        let session = escaped(self.session);
        let assumed =
            escaped(&self.role.replacen(":iam:", ":sts:", 1).replacen(":role/", ":assumed-role/", 1));
        let Credentials { access_key, secret_key, session_token } = credentials;
        let token = session_token.as_deref().unwrap_or_default();
        let (expiration, request_id) = (rfc3339(expires), uuid::Uuid::new_v4());
        format!(
            "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult>\
             <AssumedRoleUser><AssumedRoleId>AROALOCAL:{session}</AssumedRoleId><Arn>{assumed}/{session}</Arn>\
             </AssumedRoleUser><Credentials><AccessKeyId>{access_key}</AccessKeyId>\
             <SecretAccessKey>{secret_key}</SecretAccessKey><SessionToken>{token}</SessionToken>\
             <Expiration>{expiration}</Expiration></Credentials></AssumeRoleResult>\
             <ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></AssumeRoleResponse>"
        )
    }
}

/// Refuses a call when a fault says so. The fault's stream is the role's name.
fn fault(app: &App, role: &str) -> Result<(), StsError> {
    let name = role.rsplit('/').next().unwrap_or_default();
    let Ok(name) = StreamName::new(name) else { return Ok(()) };
    for fault in app.faults.take(Operation::AssumeRole, &name) {
        if fault == FaultKind::Throttle {
            return Err(StsError::new("Throttling", "A fault was ordered."));
        }
        if let FaultKind::Reject { .. } = fault {
            return Err(StsError::new("InternalFailure", "A fault was ordered."));
        }
    }
    Ok(())
}

fn bad(name: &str) -> StsError {
    StsError::new("ValidationError", format!("The value of '{name}' fails to satisfy its constraints."))
}

/// The fields of an `application/x-www-form-urlencoded` body.
fn fields(body: &[u8]) -> Result<BTreeMap<String, String>, StsError> {
    let text = std::str::from_utf8(body).map_err(|_| bad("the body"))?;
    let pairs = text.split('&').filter(|pair| !pair.is_empty()).take(MAX_FIELDS);
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((decoded(name)?, decoded(value)?))
        })
        .collect()
}

fn decoded(text: &str) -> Result<String, StsError> {
    let (mut bytes, mut out) = (text.bytes(), Vec::with_capacity(text.len()));
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digit = |b: Option<u8>| b.and_then(|b| char::from(b).to_digit(16));
                let (high, low) = (digit(bytes.next()), digit(bytes.next()));
                let value = high.zip(low).map(|(high, low)| high * 16 + low);
                value.and_then(|value| u8::try_from(value).ok()).ok_or_else(|| bad("the body"))?
            }
            plain => plain,
        });
    }
    String::from_utf8(out).map_err(|_| bad("the body"))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn xml(status: StatusCode, body: String) -> Response<Body> {
    let mut response = Response::new(full(Bytes::from(body)));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/xml"));
    response
}

/// A time as STS writes it: `2026-08-01T12:00:00Z`.
fn rfc3339(at: Timestamp) -> String {
    let seconds = at.as_millis().div_euclid(1_000);
    let (days, of_day) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = date(days);
    let (hour, minute, second) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// The date of a day since 1970-01-01 in the proleptic Gregorian calendar; years begin in March so that leap days
/// come last.
const fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:iam::111122223333:role/reader";

    fn roles() -> Vec<Role> {
        vec![Role { arn: ARN.to_owned(), external_id: Some("acme-7".to_owned()) }]
    }

    fn wanted(external_id: Option<&'static str>) -> Wanted<'static> {
        Wanted { role: ARN, session: "trunkline", external_id, seconds: None }
    }

    fn code(wanted: &Wanted<'_>, caller: Caller) -> Result<u64, &'static str> {
        wanted.check(&roles(), caller).map(|lifetime| lifetime.as_secs()).map_err(|error| error.code)
    }

    #[test]
    fn a_role_is_assumed_with_its_external_id_and_with_no_other() {
        assert_eq!(code(&wanted(Some("acme-7")), Caller::Owner), Ok(3_600));
        assert_eq!(code(&wanted(Some("acme-8")), Caller::Owner), Err("AccessDenied"));
        assert_eq!(code(&wanted(None), Caller::Owner), Err("AccessDenied"));
        let absent = Wanted { role: "arn:aws:iam::1:role/other", ..wanted(Some("acme-7")) };
        assert_eq!(code(&absent, Caller::Owner), Err("AccessDenied"));
    }

    #[test]
    fn a_session_that_a_session_begins_lasts_an_hour_at_most() {
        let long = Wanted { seconds: Some(7_200), ..wanted(Some("acme-7")) };
        assert_eq!(code(&long, Caller::Owner), Ok(7_200));
        assert_eq!(code(&long, Caller::Session), Err("ValidationError"));
        assert_eq!(code(&wanted(Some("acme-7")), Caller::Session), Ok(3_600));
    }

    #[test]
    fn lifetimes_and_names_have_bounds() {
        for seconds in [0, 899, 43_201] {
            let wanted = Wanted { seconds: Some(seconds), ..wanted(Some("acme-7")) };
            assert_eq!(code(&wanted, Caller::Owner), Err("ValidationError"), "{seconds}");
        }
        for session in ["", "a", "with space"] {
            let wanted = Wanted { session, ..wanted(Some("acme-7")) };
            assert_eq!(code(&wanted, Caller::Owner), Err("ValidationError"), "{session}");
        }
    }

    #[test]
    fn tokens_are_good_until_they_end_and_unknown_when_they_were_never_issued() {
        let sessions = Sessions::default();
        let now = Timestamp::from_millis(1_000);
        let given = sessions.begin(now + Duration::from_secs(1));
        let token = given.session_token.unwrap();
        assert!(matches!(sessions.find(&token, now), Token::Good(_)));
        assert!(matches!(sessions.find(&token, now + Duration::from_secs(1)), Token::Expired));
        assert!(matches!(sessions.find("other", now), Token::Unknown));
        sessions.expire_all();
        assert!(matches!(sessions.find(&token, now), Token::Expired));
    }

    #[test]
    fn the_oldest_session_makes_room() {
        let sessions = Sessions::default();
        let expires = Timestamp::from_millis(i64::MAX / 1_000);
        let first = sessions.begin(expires).session_token.unwrap();
        (0..MAX_SESSIONS).for_each(|_| drop(sessions.begin(expires)));
        assert!(matches!(sessions.find(&first, Timestamp::default()), Token::Unknown));
        assert_eq!(sessions.lock().by_token.len(), MAX_SESSIONS);
    }

    #[test]
    fn forms_are_decoded_and_broken_ones_refused() {
        let form = fields(b"Action=AssumeRole&RoleArn=arn%3Aaws%3Aiam&ExternalId=a+b%2B&x").unwrap();
        assert_eq!(form["RoleArn"], "arn:aws:iam");
        assert_eq!(form["ExternalId"], "a b+");
        for broken in [&b"a=%"[..], b"a=%4", b"a=%zz", b"a=%ff", b"\xff"] {
            assert!(fields(broken).is_err(), "{broken:?}");
        }
    }

    #[test]
    fn times_are_written_as_the_calendar_has_them() {
        let at = |ms| rfc3339(Timestamp::from_millis(ms));
        assert_eq!(at(0), "1970-01-01T00:00:00Z");
        assert_eq!(at(1_709_251_199_999), "2024-02-29T23:59:59Z");
        assert_eq!(at(1_785_585_600_000), "2026-08-01T12:00:00Z");
    }

    #[test]
    fn what_is_said_back_cannot_break_out_of_its_element() {
        assert_eq!(escaped("<a href=\"x\">&"), "&lt;a href=&quot;x&quot;&gt;&amp;");
    }
}
