//! Who is let in, as the configuration says.

use std::{collections::BTreeMap, env, sync::Arc};

use access::{Access, AccessParts, ApiKey, ClaimNames, Issuer, KeySource, Principal, Role, TokenKey};
use anyhow::anyhow;
use api::{Entry, SignInProvider};
use config::{AccessRole, Config};
use oidc::HttpKeySets;

use crate::{failure::Failure, keyring::Keyring};

/// Those whom the configuration names; anybody where it names nobody.
pub(crate) fn entry(config: &Config, keyring: &Keyring) -> Result<Entry, Failure> {
    let Some(told) = &config.access else { return Ok(Entry::default()) };
    let keys = told.api_keys.iter().map(api_key).collect::<Result<_, _>>()?;
    let issuers = told.issuers.iter().map(issuer).collect::<Result<Vec<_>, _>>()?;
    let tokens = tokens(keyring, issuers.is_empty())?;
    let token_seconds = told.token_minutes * 60;
    let key_sets = Arc::new(HttpKeySets::new());
    let access = Access::new(AccessParts { keys, issuers, tokens, token_seconds, key_sets });
    let sign_in = told.issuers.iter().find_map(|issuer| {
        let client_id = issuer.client_id.clone()?;
        Some(SignInProvider { issuer: issuer.issuer.clone(), client_id, scope: issuer.scope.clone() })
    });
    Ok(Entry::controlled(Arc::new(access), sign_in))
}

/// What makes tokens, which people who sign in with a provider need.
fn tokens(keyring: &Keyring, nobody_needs_them: bool) -> Result<Option<TokenKey>, Failure> {
    if keyring.tokens.is_none() && !nobody_needs_them {
        let why = "access.issuers needs keys.signing, of which the key of our tokens is made";
        return Err(Failure::config(anyhow!(why)));
    }
    Ok(keyring.tokens.clone())
}

fn api_key(key: &config::ApiKey) -> Result<ApiKey, Failure> {
    let principal = Principal {
        name: key.name.clone(),
        role: role(key.role),
        agent: key.agent.clone(),
        queues: key.queues.clone(),
        tenant: key.tenant.clone(),
        expires_at: None,
    };
    if let Some(digest) = key.digest().map_err(|error| Failure::config(anyhow::Error::new(error)))? {
        return Ok(ApiKey { digest, principal });
    }
    let variable = key.env.as_deref().unwrap_or_default();
    let value = env::var(variable).ok().filter(|value| !value.trim().is_empty());
    let missing = || anyhow!("access.api_keys: {:?} has its key in {variable}, which is not set", key.name);
    Ok(ApiKey::new(value.ok_or_else(|| Failure::config(missing()))?.trim(), principal))
}

fn issuer(told: &config::Issuer) -> Result<Issuer, Failure> {
    let keys = match (&told.keys, &told.jwks_url) {
        (Some(text), _) => KeySource::read(text)
            .map_err(|error| Failure::config(anyhow!("access.issuers: keys of {}: {error}", told.issuer)))?,
        (None, Some(url)) => KeySource::At(url.clone()),
        (None, None) => KeySource::Discovered,
    };
    let roles: BTreeMap<_, _> = told.roles.iter().map(|(name, one)| (name.clone(), role(*one))).collect();
    Ok(Issuer {
        issuer: told.issuer.clone(),
        audience: told.audiences(),
        keys,
        claims: ClaimNames {
            agent: told.agent_claim.clone(),
            role: told.role_claim.clone(),
            queues: told.queues_claim.clone(),
        },
        roles,
        role: Some(role(told.role)),
        tenant: told.tenant.clone(),
    })
}

const fn role(role: AccessRole) -> Role {
    match role {
        AccessRole::Ingest => Role::Ingest,
        AccessRole::Agent => Role::Agent,
        AccessRole::Supervisor => Role::Supervisor,
        AccessRole::Admin => Role::Admin,
    }
}
