//! Environment variables over a table.

use toml::{Table, Value};

use crate::ConfigError;

const PREFIX: &str = "TRUNKLINE_";
/// Between a section and its key. Names of the prefix without it, such as `TRUNKLINE_MODELS`, are others' business.
const DOT: &str = "__";

/// Sets `a.b` from `TRUNKLINE_A__B`; values that read as numbers, booleans or lists are such.
pub(crate) fn apply(
    table: &mut Table,
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<(), ConfigError> {
    for (name, value) in environment {
        let Some(key) = name.strip_prefix(PREFIX).filter(|key| key.contains(DOT) || *key == "TENANT") else {
            continue;
        };
        let key = key.to_ascii_lowercase();
        let (path, last) =
            key.rsplit_once(DOT).map_or((None, key.as_str()), |(path, last)| (Some(path), last));
        let mut place = &mut *table;
        for part in path.into_iter().flat_map(|path| path.split(DOT)) {
            let entry = place.entry(part).or_insert_with(|| Value::Table(Table::new()));
            let Value::Table(inner) = entry else {
                return Err(ConfigError::Value(format!("{name} names a part of {part}, which has no parts")));
            };
            place = inner;
        }
        place.insert(last.to_owned(), read(value));
    }
    Ok(())
}

fn read(text: String) -> Value {
    if let Ok(number) = text.parse() {
        return Value::Integer(number);
    }
    if text.starts_with('[')
        && let Ok(Some(list)) =
            format!("list = {text}").parse::<Table>().map(|mut table| table.remove("list"))
    {
        return list;
    }
    text.parse().map_or(Value::String(text), Value::Boolean)
}
