//! Kinds of what is masked.

use serde::{Deserialize, Serialize};

/// Declares the kinds with their names and groups, so that a kind cannot lack one.
macro_rules! kinds {
    ($( $(#[doc = $doc:literal])+ $kind:ident = $name:literal in $group:ident; )+) => {
        /// What a masked stretch held. Says nothing of its length or content.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
        #[serde(rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum EntityKind {
            $( $(#[doc = $doc])+ $kind, )+
        }

        impl EntityKind {
            /// Every kind, in the order of their declaration.
            pub const ALL: &'static [Self] = &[$( Self::$kind, )+];

            /// The name as events, policies, pills and metrics spell it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $( Self::$kind => $name, )+
                }
            }

            /// The group by which a policy can name it.
            #[must_use]
            pub const fn group(self) -> EntityGroup {
                match self {
                    $( Self::$kind => EntityGroup::$group, )+
                }
            }
        }
    };
}

kinds! {
    /// A payment card number (PAN), 12 to 19 digits.
    Card = "card" in Pci;
    /// A card's security code: CVV, CVC, CID.
    Cvv = "cvv" in Pci;
    /// A card's expiry.
    CardExpiry = "card_expiry" in Pci;
    /// A PIN.
    Pin = "pin" in Pci;
    /// A card's magnetic track.
    CardTrack = "card_track" in Pci;
    /// A bank account number.
    BankAccount = "bank_account" in Bank;
    /// A bank's number: US routing (ABA), UK sort code, CA transit, IN IFSC.
    RoutingNumber = "routing_number" in Bank;
    /// An IBAN.
    Iban = "iban" in Bank;
    /// A SWIFT code (BIC).
    Swift = "swift" in Bank;
    /// A US social security number, or ITIN.
    Ssn = "ssn" in Government;
    /// A passport number.
    Passport = "passport" in Government;
    /// A driving licence's number.
    DriverLicence = "driver_licence" in Government;
    /// A tax number: UK UTR, IN PAN, EU tax ids.
    TaxId = "tax_id" in Government;
    /// A national id: UK national insurance, CA SIN, IN Aadhaar, EU national ids, or one of an unknown kind.
    GovernmentId = "government_id" in Government;
    /// A vehicle's plate or identification number.
    Vehicle = "vehicle" in Government;
    /// A person's name.
    Name = "name" in Contact;
    /// A telephone number.
    Phone = "phone" in Contact;
    /// An e-mail address.
    Email = "email" in Contact;
    /// A street address.
    Address = "address" in Contact;
    /// A postcode or ZIP code.
    Postcode = "postcode" in Contact;
    /// A place: a city, a county, a state.
    Location = "location" in Contact;
    /// A date of birth.
    BirthDate = "birth_date" in Contact;
    /// A calendar date.
    Date = "date" in Contact;
    /// A person's age.
    Age = "age" in Contact;
    /// A password.
    Password = "password" in Login;
    /// A one-time or verification code.
    OneTimeCode = "one_time_code" in Login;
    /// The answer to a security question.
    SecurityAnswer = "security_answer" in Login;
    /// A user name.
    UserName = "user_name" in Login;
    /// A health id: medical record, Medicare, NHS, plan member.
    HealthId = "health_id" in Phi;
    /// A health term: a condition, a drug, a procedure.
    HealthTerm = "health_term" in Phi;
    /// The number of an order, a policy, a member, a case, or an account.
    Reference = "reference" in Account;
    /// A web address.
    Url = "url" in Network;
    /// An IP or MAC address.
    IpAddress = "ip_address" in Network;
    /// A run of digits of another or an unknown kind.
    Number = "number" in Other;
}

/// Kinds that a policy can name together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntityGroup {
    /// What PCI DSS protects.
    Pci,
    /// Bank accounts.
    Bank,
    /// What governments issue.
    Government,
    /// Who somebody is and how to reach them.
    Contact,
    /// What opens an account.
    Login,
    /// Health ids and terms.
    Phi,
    /// What a company calls a customer or a case by.
    Account,
    /// Addresses of machines.
    Network,
    /// Numbers of an unknown kind.
    Other,
}

impl EntityGroup {
    /// Every group.
    pub const ALL: &'static [Self] = &[
        Self::Pci,
        Self::Bank,
        Self::Government,
        Self::Contact,
        Self::Login,
        Self::Phi,
        Self::Account,
        Self::Network,
        Self::Other,
    ];

    /// The name as policies spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pci => "pci",
            Self::Bank => "bank",
            Self::Government => "government",
            Self::Contact => "contact",
            Self::Login => "login",
            Self::Phi => "phi",
            Self::Account => "account",
            Self::Network => "network",
            Self::Other => "other",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_as_they_are_written() {
        for kind in EntityKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
        for group in EntityGroup::ALL {
            assert_eq!(serde_json::to_value(group).unwrap(), group.as_str());
        }
    }
}
