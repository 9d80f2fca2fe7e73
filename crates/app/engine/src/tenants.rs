//! What is known of tenants: whose a contact is, and how its calls are carried.

use std::{collections::BTreeMap, sync::Arc};

use contacts::{AttributeNames, FlowAttributes};
use model::TenantId;
use ports::Language;
use redaction::{TenantPolicy, masked, redact_text};

/// The longest value of an attribute that is shown, in characters.
const MAX_SHOWN: usize = 256;

/// Recognition as a tenant or one of its profiles wants it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SpeechRules {
    /// The language; none leaves the choice to the next wider rule.
    pub language: Option<Language>,
    /// The vocabulary that the recogniser keeps.
    pub vocabulary: Option<String>,
}

/// One tenant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TenantRules {
    /// The ARNs of its Connect instances: contact and agent events name only these.
    pub instances: Vec<String>,
    /// How its speech is recognised.
    pub speech: SpeechRules,
    /// The same by profile.
    pub profiles: BTreeMap<String, SpeechRules>,
    /// What the names of its streams begin with: to look for the stream of a contact that no event names.
    pub stream_prefix: Option<String>,
    /// What is masked, and how. A call keeps the one that it began with on its host.
    pub redaction: Arc<TenantPolicy>,
    /// The flow's attributes that rules and desks may see, beside those that Trunkline reads itself.
    pub shown_attributes: Vec<String>,
}

/// All tenants of this installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenants {
    /// Whose a contact is that nothing says otherwise of.
    pub default: TenantId,
    /// The tenants; the default one need not be among them.
    pub rules: BTreeMap<TenantId, TenantRules>,
    /// How the flow's attributes are called.
    pub attributes: AttributeNames,
}

impl Tenants {
    /// One tenant without rules of its own.
    #[must_use]
    pub fn only(tenant: TenantId) -> Self {
        Self { default: tenant, rules: BTreeMap::new(), attributes: AttributeNames::default() }
    }

    /// Whether there is such a tenant.
    #[must_use]
    pub fn is_known(&self, tenant: &TenantId) -> bool {
        *tenant == self.default || self.rules.contains_key(tenant)
    }

    /// Whose a contact is: the flow's attribute says it, else the instance, else it is the default tenant's. An
    /// attribute that names nobody is `Err`: no call may land in another tenant's hands by a slip of the pen.
    ///
    /// # Errors
    /// When the attribute names no tenant.
    pub fn of(
        &self,
        attributes: Option<&FlowAttributes>,
        instance: Option<&str>,
    ) -> Result<TenantId, String> {
        if let Some(named) = attributes.and_then(|attributes| attributes.tenant.as_deref()) {
            let tenant = TenantId::new(named).ok().filter(|tenant| self.is_known(tenant));
            return tenant.ok_or_else(|| named.to_owned());
        }
        let of_instance = instance.and_then(|arn| {
            self.rules.iter().find(|(_, rules)| rules.instances.iter().any(|known| known == arn))
        });
        Ok(of_instance.map_or_else(|| self.default.clone(), |(tenant, _)| tenant.clone()))
    }

    /// Whose the contacts of an instance are of which only the id is told, as Contact Lens does; the default tenant's
    /// when none has it.
    #[must_use]
    pub fn of_instance_id(&self, id: &str) -> TenantId {
        let is_its = |arn: &String| arn.rsplit_once("instance/").is_some_and(|(_, known)| known == id);
        let tenant = self.rules.iter().find(|(_, rules)| rules.instances.iter().any(is_its));
        tenant.map_or_else(|| self.default.clone(), |(tenant, _)| tenant.clone())
    }

    /// What is masked in a tenant's calls, and how.
    #[must_use]
    pub fn redaction(&self, tenant: &TenantId) -> Arc<TenantPolicy> {
        self.rules.get(tenant).map(|rules| Arc::clone(&rules.redaction)).unwrap_or_default()
    }

    /// What of the flow's attributes the tenant shows, redacted.
    #[must_use]
    pub fn shown_attributes(
        &self,
        tenant: &TenantId,
        attributes: &FlowAttributes,
    ) -> BTreeMap<String, String> {
        let Some(rules) = self.rules.get(tenant) else { return BTreeMap::new() };
        let shown = rules.shown_attributes.iter().filter_map(|name| {
            let value: String = attributes.set.get(name)?.expose().chars().take(MAX_SHOWN).collect();
            // Nothing else that was said can tell what stands in it: the key is for nothing that lasts.
            let policy = rules.redaction.for_call(*uuid::Uuid::new_v4().as_bytes());
            Some((name.clone(), masked(&value, &redact_text(&value, policy))))
        });
        shown.collect()
    }

    /// In which language a call is spoken, and with which vocabulary: its own language counts first, then the
    /// profile's, then the tenant's.
    #[must_use]
    pub fn speech(
        &self,
        tenant: &TenantId,
        profile: Option<&str>,
        language: Option<&str>,
    ) -> (Language, Option<String>) {
        let rules = self.rules.get(tenant);
        let tenants = rules.map(|rules| &rules.speech);
        let profiles = rules.zip(profile).and_then(|(rules, profile)| rules.profiles.get(profile));
        let wanted = [profiles, tenants].into_iter().flatten();
        let own = language.map(|tag| Language::Tag(tag.to_owned()));
        let of_rules = wanted.clone().find_map(|rules| rules.language.clone());
        let vocabulary = wanted.filter_map(|rules| rules.vocabulary.clone()).next();
        (own.or(of_rules).unwrap_or_default(), vocabulary)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenants() -> Tenants {
        let id = |name: &str| TenantId::new(name).unwrap();
        let mut tenants = Tenants::only(id("local"));
        let speech =
            |tag: &str| SpeechRules { language: Some(Language::Tag(tag.to_owned())), vocabulary: None };
        tenants.rules.insert(
            id("acme"),
            TenantRules {
                instances: vec!["arn:i".to_owned()],
                speech: SpeechRules { vocabulary: Some("cards".to_owned()), ..speech("en-GB") },
                profiles: BTreeMap::from([("madrid".to_owned(), speech("es-ES"))]),
                ..TenantRules::default()
            },
        );
        tenants
    }

    #[test]
    fn an_instance_without_its_arn_is_known_by_its_id() {
        let mut tenants = tenants();
        let acme = TenantId::new("acme").unwrap();
        let arn = "arn:aws:connect:us-east-1:111122223333:instance/i-1".to_owned();
        tenants.rules.get_mut(&acme).unwrap().instances.push(arn);
        assert_eq!(tenants.of_instance_id("i-1"), acme);
        for other in ["", "1", "i-12", "arn:i"] {
            assert_eq!(tenants.of_instance_id(other).as_str(), "local", "{other}");
        }
    }

    #[test]
    fn a_contact_is_the_attributes_tenants_then_the_instances_then_the_defaults() {
        let tenants = tenants();
        let named =
            |name: &str| FlowAttributes { tenant: Some(name.to_owned()), ..FlowAttributes::default() };
        assert_eq!(tenants.of(Some(&named("acme")), None).unwrap().as_str(), "acme");
        assert_eq!(tenants.of(Some(&named("nobody")), Some("arn:i")), Err("nobody".to_owned()));
        assert_eq!(tenants.of(None, Some("arn:i")).unwrap().as_str(), "acme");
        assert_eq!(
            tenants.of(Some(&FlowAttributes::default()), Some("arn:other")).unwrap().as_str(),
            "local"
        );
    }

    #[test]
    fn attributes_are_shown_where_the_tenant_says_so_and_redacted() {
        let mut tenants = tenants();
        let acme = TenantId::new("acme").unwrap();
        tenants.rules.get_mut(&acme).unwrap().shown_attributes =
            vec!["tier".into(), "note".into(), "not set".into()];
        let set = [("tier", "gold"), ("note", "card 4111 1111 1111 1111"), ("secret", "hidden")];
        let set = set.map(|(name, value)| (name.to_owned(), model::Pii::new(value.to_owned())));
        let attributes = FlowAttributes { set: set.into(), ..FlowAttributes::default() };
        let shown = tenants.shown_attributes(&acme, &attributes);
        assert_eq!(shown.keys().collect::<Vec<_>>(), ["note", "tier"]);
        assert_eq!(shown["tier"], "gold");
        assert!(!shown["note"].contains("4111"), "{}", shown["note"]);
        assert!(tenants.shown_attributes(&tenants.default, &attributes).is_empty());
    }

    #[test]
    fn the_calls_own_language_counts_before_the_profiles_and_the_tenants() {
        let (tenants, acme) = (tenants(), TenantId::new("acme").unwrap());
        let tag = |profile, language| tenants.speech(&acme, profile, language).0;
        assert_eq!(tag(Some("madrid"), Some("fr-FR")), Language::Tag("fr-FR".to_owned()));
        assert_eq!(tag(Some("madrid"), None), Language::Tag("es-ES".to_owned()));
        assert_eq!(tag(Some("other"), None), Language::Tag("en-GB".to_owned()));
        assert_eq!(tenants.speech(&tenants.default, None, None), (Language::Default, None));
        assert_eq!(tenants.speech(&acme, Some("madrid"), None).1.as_deref(), Some("cards"));
    }
}
