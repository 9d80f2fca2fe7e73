use futures_util::future::join_all;
use model::TenantId;
use ports::{Append, EventLog, EventLogError, testing::call_started};
use postgres::{PostgresConfig, PostgresError, PostgresStore};
use services::Postgres;

use crate::rig::{append, config, control, key, server, sql, store};

fn of(tenant: &str) -> Append {
    let mut append = append("call", 0, vec![call_started(0)]);
    append.key.tenant = TenantId::new(tenant).expect("an id");
    append
}

#[tokio::test]
async fn many_tenants_share_few_connections() {
    let Some(server) = server() else { return };
    let config = PostgresConfig { max_connections: 3, ..config(server).await };
    let store = PostgresStore::connect(config.clone()).await.unwrap();
    let tenants: Vec<String> = (0..12).map(|n| format!("tenant-{n}")).collect();
    for answer in join_all(tenants.iter().map(|tenant| store.append(of(tenant)))).await {
        assert_eq!(answer.unwrap()[0].position, 1);
    }
    let mine =
        format!("SELECT count(*) FROM pg_stat_activity WHERE datname LIKE '{}\\_tenant%'", control(&config));
    let open = sql(&server.url("postgres"), &mine).await.unwrap();
    assert!(open[0].parse::<u32>().unwrap() <= 3, "{} connections", open[0]);
    assert_eq!((store.open_tenants(), store.tenants().await.unwrap().len()), (12, 12));
}

#[tokio::test]
async fn hosts_that_meet_a_new_tenant_at_once_make_one_database() {
    let Some(server) = server() else { return };
    let config = config(server).await;
    let hosts = [
        PostgresStore::connect(config.clone()).await.unwrap(),
        PostgresStore::connect(config.clone()).await.unwrap(),
        PostgresStore::connect(config).await.unwrap(),
    ];
    let tenant = key("x").tenant;
    for opened in join_all(hosts.iter().map(|host| host.open_tenant(&tenant))).await {
        opened.unwrap();
    }
    assert_eq!(hosts[0].tenants().await.unwrap(), [tenant]);
}

#[tokio::test]
async fn an_operator_says_where_a_tenant_is() {
    let Some(server) = server() else { return };
    let config = config(server).await;
    let name = format!("{}_elsewhere", control(&config));
    sql(&server.url("postgres"), &format!("CREATE DATABASE {name}")).await.unwrap();
    let store = PostgresStore::connect(config.clone()).await.unwrap();
    let port = server.port();
    let row = format!(
        "INSERT INTO tenants (tenant, database, host, port) VALUES ('acme', '{name}', '127.0.0.1', {port})"
    );
    sql(&server.url(&control(&config)), &row).await.unwrap();

    store.append(of("acme")).await.unwrap();

    assert_eq!(sql(&server.url(&name), "SELECT count(*) FROM events").await.unwrap(), ["1"]);
    // The same database for another tenant would mix their calls.
    let row = format!("INSERT INTO tenants (tenant, database) VALUES ('other', '{name}')");
    sql(&server.url(&control(&config)), &row).await.unwrap();
    let error = store.open_tenant(&TenantId::new("other").unwrap()).await.unwrap_err();
    assert!(matches!(&error, PostgresError::OtherTenant { found, .. } if found == "acme"), "{error:?}");
}

#[tokio::test]
async fn a_schema_of_a_newer_version_is_refused() {
    let Some(server) = server() else { return };
    let config = config(server).await;
    let store = PostgresStore::connect(config.clone()).await.unwrap();
    store.append(of("acme")).await.unwrap();
    let database =
        sql(&server.url(&control(&config)), "SELECT database FROM tenants").await.unwrap().remove(0);
    let newer = "INSERT INTO schema_migrations (version, name) VALUES (99, 'later')";
    sql(&server.url(&database), newer).await.unwrap();

    let store = PostgresStore::connect(config.clone()).await.unwrap();
    let error = store.append(of("acme")).await.unwrap_err();
    assert!(
        matches!(&error, EventLogError::Store(source) if source.to_string().contains("use a newer Trunkline"))
    );
    let migrated = store.migrate().await.unwrap();
    assert!(matches!(migrated[0].steps, Err(PostgresError::Newer { found: 99, .. })));

    sql(&server.url(&control(&config)), newer).await.unwrap();
    let error = PostgresStore::connect(config).await.unwrap_err();
    assert!(matches!(error, PostgresError::Newer { .. }), "{error:?}");
}

#[tokio::test]
async fn all_tenants_are_migrated_and_one_that_fails_stops_none() {
    let Some(server) = server() else { return };
    let config = config(server).await;
    let store = PostgresStore::connect(config.clone()).await.unwrap();
    for n in 0..6 {
        store.open_tenant(&TenantId::new(format!("tenant-{n}")).unwrap()).await.unwrap();
    }
    let control = server.url(&control(&config));
    sql(&control, "UPDATE tenants SET database = 'nowhere' WHERE tenant = 'tenant-2'").await.unwrap();
    sql(&control, "INSERT INTO tenants (tenant, database) SELECT 'fresh', current_database() || '_fresh'")
        .await
        .unwrap();
    let name = sql(&control, "SELECT database FROM tenants WHERE tenant = 'fresh'").await.unwrap().remove(0);
    sql(&server.url("postgres"), &format!("CREATE DATABASE {name}")).await.unwrap();

    let migrated = store.migrate().await.unwrap();

    let steps = |tenant: &str| {
        migrated
            .iter()
            .find(|done| done.tenant.as_str() == tenant)
            .map(|done| done.steps.as_ref().ok().copied())
    };
    assert_eq!(migrated.len(), 7);
    assert_eq!(
        (steps("fresh"), steps("tenant-2"), steps("tenant-5")),
        (Some(Some(2)), Some(None), Some(Some(0)))
    );
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named_without_the_password() {
    let url = "postgres://app:s3cret@127.0.0.1:1/trunkline?sslmode=disable";
    let error = PostgresStore::connect(PostgresConfig::new(url.parse().unwrap())).await.unwrap_err();
    let shown = format!("{error} {error:?} {}", std::error::Error::source(&error).unwrap());
    assert!(matches!(error, PostgresError::Connect { .. }) && shown.contains("refused"), "{shown}");
    assert!(!shown.contains("s3cret"), "{shown}");
}

#[tokio::test]
async fn a_server_without_tls_is_refused_where_tls_is_demanded() {
    let Some(server) = server() else { return };
    drop(store(server).await);
    let url = format!("{}?sslmode=verify-full", server.url("postgres"));
    let error = PostgresStore::connect(PostgresConfig::new(url.parse().unwrap())).await.unwrap_err();
    assert!(matches!(error, PostgresError::Connect { .. }), "{error:?}");
}

#[tokio::test]
async fn a_certificate_is_trusted_where_it_is_named_and_nowhere_else() {
    if server().is_none() {
        return;
    }
    let server = Postgres::start_with_tls();
    let control = control(&config(&server).await);
    let url = format!("{}?sslmode=require", server.url(&control));
    let error = PostgresStore::connect(PostgresConfig::new(url.parse().unwrap())).await.unwrap_err();
    assert!(matches!(error, PostgresError::Connect { .. }), "{error:?}");

    let url = format!("{url}&sslrootcert={}", server.certificate().display());
    let store = PostgresStore::connect(PostgresConfig::new(url.parse().unwrap())).await.unwrap();
    store.append(of("acme")).await.unwrap();
    let secure = "SELECT count(*) > 1 FROM pg_stat_ssl WHERE ssl";
    assert_eq!(sql(&format!("{}?sslmode=disable", server.url(&control)), secure).await.unwrap(), ["t"]);
}

#[tokio::test]
async fn the_control_database_says_how_it_is() {
    let Some(server) = server() else { return };
    let config = config(server).await;
    let store = PostgresStore::connect(config.clone()).await.unwrap();
    store.open_tenant(&key("x").tenant).await.unwrap();
    let health = store.health().await.unwrap();
    assert_eq!((health.tenants, health.is_read_only, health.may_create_databases), (1, false, true));
    let year_2020 = model::Timestamp::from_millis(1_577_836_800_000);
    assert!(health.clock > year_2020 && health.max_connections > 0 && !health.version.is_empty());

    let url = server.url(&control(&config));
    let role = format!("poor_{}", control(&config));
    sql(&url, &format!("CREATE ROLE {role} LOGIN; GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}"))
        .await
        .unwrap();
    let url = format!("{}?sslmode=disable", url.replace("trunkline@", &format!("{role}@")));
    let poor = PostgresStore::connect(PostgresConfig::new(url.parse().unwrap())).await.unwrap();
    assert!(!poor.health().await.unwrap().may_create_databases);
    poor.append(of("other")).await.unwrap_err();
    assert_eq!(poor.tenants().await.unwrap(), [key("x").tenant], "what could not be made is not known");
}
