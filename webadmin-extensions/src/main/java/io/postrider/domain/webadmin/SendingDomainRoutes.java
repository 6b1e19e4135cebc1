package io.postrider.domain.webadmin;

import io.postrider.admin.webadmin.Errors;
import io.postrider.admin.webadmin.Json;
import io.postrider.admin.webadmin.Paging;
import io.postrider.admin.webadmin.PathParameters;
import io.postrider.admin.webadmin.Query;
import io.postrider.dkim.DkimKeys;
import io.postrider.domain.DkimKey;
import io.postrider.domain.DnsRecord;
import io.postrider.domain.DnsRecords;
import io.postrider.domain.SendingDomain;
import io.postrider.domain.SendingDomains;
import io.postrider.tenant.Tenants;
import java.net.IDN;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import javax.inject.Inject;
import org.apache.james.webadmin.Routes;
import org.jspecify.annotations.Nullable;
import spark.Request;
import spark.Response;
import spark.Service;

/** {@code /sendingDomains}: the domains that tenants may send from, with the DNS records to publish for them. */
public final class SendingDomainRoutes implements Routes {
    /** The selector of the first key of a domain. */
    public static final String FIRST_SELECTOR = "pr1";

    /** What stands before the domain in its return-path domain when none is given. */
    public static final String DEFAULT_RETURN_PATH_LABEL = "bounce";

    private final SendingDomains domains;
    private final Tenants tenants;
    private final DnsRecords dnsRecords;
    private final Clock clock;
    private final ReentrantLock writing = new ReentrantLock();

    @Inject
    public SendingDomainRoutes(SendingDomains domains, Tenants tenants, DnsRecords dnsRecords, Clock clock) {
        this.domains = domains;
        this.tenants = tenants;
        this.dnsRecords = dnsRecords;
        this.clock = clock;
    }

    @Override
    public String getBasePath() {
        return "/sendingDomains";
    }

    @Override
    public void define(Service service) {
        service.get(getBasePath(), Json.answer(this::list));
        service.put(getBasePath() + "/:name", Json.answer(this::put));
        service.get(getBasePath() + "/:name", Json.answer(this::find));
        service.delete(getBasePath() + "/:name", this::remove);
    }

    private Object list(Request request, Response response) {
        Query query = Query.of(request, "tenant", "limit", "cursor");
        Paging paging = Paging.of(query);
        Optional<String> tenant = query.text("tenant").map(name -> PathParameters.requireName(name, "tenant"));
        return Paging.view(domains.list(tenant, paging.limit(), paging.cursor()), this::view);
    }

    private Object put(Request request, Response response) {
        String name = name(request);
        SendingDomainBody body = Json.read(request, SendingDomainBody.class);
        String tenant = existingTenant(body.tenant());
        Optional<String> returnPathDomain =
                Optional.ofNullable(body.returnPathDomain()).map(text -> returnPathDomain(text, name));
        writing.lock();
        try {
            Optional<SendingDomain> old = domains.find(name);
            old.filter(domain -> !domain.tenant().equals(tenant)).ifPresent(domain -> {
                throw Errors.conflict("The sending domain '" + name + "' belongs to the tenant '" + domain.tenant()
                        + "'; it can change hands only by DELETE and PUT, with a new key");
            });
            SendingDomain domain = old.map(known -> changed(known, returnPathDomain))
                    .orElseGet(() -> created(name, tenant, returnPathDomain));
            domains.put(domain);
            response.status(old.isPresent() ? 200 : 201);
            return view(domain);
        } finally {
            writing.unlock();
        }
    }

    private SendingDomain created(String name, String tenant, Optional<String> returnPathDomain) {
        return new SendingDomain(
                name,
                tenant,
                returnPathDomain.orElse(DEFAULT_RETURN_PATH_LABEL + "." + name),
                List.of(newKey()),
                now());
    }

    private SendingDomain changed(SendingDomain known, Optional<String> returnPathDomain) {
        return new SendingDomain(
                known.name(),
                known.tenant(),
                returnPathDomain.orElse(known.returnPathDomain()),
                known.keys().isEmpty() ? List.of(newKey()) : known.keys(),
                known.createdAt());
    }

    private DkimKey newKey() {
        return DkimKeys.generate(FIRST_SELECTOR, now());
    }

    private Object find(Request request, Response response) {
        String name = name(request);
        return domains.find(name).map(this::view).orElseThrow(() -> Errors.notFound("sending domain", name));
    }

    private Object remove(Request request, Response response) {
        String name = name(request);
        if (!domains.remove(name)) {
            throw Errors.notFound("sending domain", name);
        }
        response.status(204);
        return "";
    }

    private static String name(Request request) {
        String name = aLabels("sending domain", PathParameters.second(request));
        return new SendingDomain(name, "", name, List.of(), Instant.EPOCH).name();
    }

    /** SPF aligns only when the return path is the domain or below it (RFC 7489, section 3.1.2). */
    private static String returnPathDomain(String text, String name) {
        String domain = aLabels("returnPathDomain", text);
        if (!domain.equals(name) && !domain.endsWith("." + name)) {
            throw new IllegalArgumentException(
                    "returnPathDomain: '" + text + "' (expected: a host name below " + name + ")");
        }
        return domain;
    }

    /** The name in lower case and A-labels. */
    private static String aLabels(String what, String text) {
        try {
            return IDN.toASCII(text).toLowerCase(Locale.ROOT);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(what + ": '" + text + "' (expected: a host name)", e);
        }
    }

    private String existingTenant(@Nullable String name) {
        if (name == null) {
            throw new IllegalArgumentException("tenant: missing (expected: the name of a tenant)");
        }
        if (tenants.find(PathParameters.requireName(name, "tenant")).isEmpty()) {
            throw new IllegalArgumentException(
                    "tenant: there is no tenant '" + name + "' (expected: one that PUT /tenants/" + name + " made)");
        }
        return name;
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MILLIS);
    }

    private SendingDomainView view(SendingDomain domain) {
        return new SendingDomainView(
                domain.name(),
                domain.tenant(),
                domain.returnPathDomain(),
                domain.createdAt(),
                domain.keys().stream().map(KeyView::of).toList(),
                dnsRecords.of(domain).stream().map(RecordView::of).toList());
    }

    private record SendingDomainBody(
            @Nullable String tenant, @Nullable String returnPathDomain) {}

    private record SendingDomainView(
            String name,
            String tenant,
            String returnPathDomain,
            Instant createdAt,
            List<KeyView> keys,
            List<RecordView> dnsRecords) {}

    private record KeyView(String selector, boolean active, Instant createdAt) {
        static KeyView of(DkimKey key) {
            return new KeyView(key.selector(), key.active(), key.createdAt());
        }
    }

    private record RecordView(String type, String name, String value, String purpose) {
        static RecordView of(DnsRecord dnsRecord) {
            return new RecordView(dnsRecord.type(), dnsRecord.name(), dnsRecord.value(), dnsRecord.purpose());
        }
    }
}
