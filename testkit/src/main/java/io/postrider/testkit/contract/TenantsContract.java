package io.postrider.testkit.contract;

import static io.postrider.testkit.Fixtures.NOW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.postrider.domain.SendingDomain;
import io.postrider.domain.SendingDomains;
import io.postrider.tenant.BounceReports;
import io.postrider.tenant.Credential;
import io.postrider.tenant.Credentials;
import io.postrider.tenant.Tenant;
import io.postrider.tenant.Tenants;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What callers of {@link io.postrider.tenant.Tenants} rely on. Each test gets an empty store. */
public interface TenantsContract {
    Tenants tenants();

    /** Of the same store. */
    Credentials credentials();

    /** Of the same store. */
    SendingDomains sendingDomains();

    @Test
    default void theReportsThatATenantWantsShouldBeKept() {
        tenants().add(new Tenant("acme", NOW, BounceReports.FAILURE));
        assertThat(tenants().find("acme")).map(Tenant::bounceReports).contains(BounceReports.FAILURE);

        assertThat(tenants().setBounceReports("acme", BounceReports.FAILURE_AND_DELAY))
                .isTrue();
        assertThat(tenants().find("acme")).map(Tenant::bounceReports).contains(BounceReports.FAILURE_AND_DELAY);
        assertThat(tenants().setBounceReports("nobody", BounceReports.NONE)).isFalse();
    }

    @Test
    default void addShouldMakeATenantThatFindReturns() {
        assertThat(tenants().add(new Tenant("acme", NOW))).isTrue();

        assertThat(tenants().find("acme")).contains(new Tenant("acme", NOW));
    }

    @Test
    default void addShouldKeepTheTenantThatIsThere() {
        tenants().add(new Tenant("acme", NOW));

        assertThat(tenants().add(new Tenant("acme", NOW.plusSeconds(1)))).isFalse();
        assertThat(tenants().find("acme")).contains(new Tenant("acme", NOW));
    }

    @Test
    default void findShouldBeEmptyForAnUnknownTenant() {
        assertThat(tenants().find("acme")).isEmpty();
    }

    @Test
    default void listShouldReturnAllByNameOverSeveralPages() {
        List<String> names = IntStream.range(0, 7)
                .mapToObj(i -> "tenant-" + (char) ('g' - i))
                .toList();
        names.forEach(name -> tenants().add(new Tenant(name, NOW)));

        assertThat(Pages.all(3, cursor -> tenants().list(3, cursor)))
                .extracting(Tenant::name)
                .containsExactly("tenant-a", "tenant-b", "tenant-c", "tenant-d", "tenant-e", "tenant-f", "tenant-g");
    }

    @Test
    default void listShouldGiveNoCursorWhenThePageEndsTheList() {
        tenants().add(new Tenant("a", NOW));
        tenants().add(new Tenant("b", NOW));

        assertThat(tenants().list(2, Optional.empty()).nextCursor()).isEmpty();
    }

    @Test
    default void listShouldRefuseACursorThatItDidNotGive() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> tenants().list(10, Optional.of("no cursor!")))
                .withMessageContaining("cursor: 'no cursor!'");
    }

    @Test
    default void listShouldRefuseALimitOutOfRange() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> tenants().list(0, Optional.empty()))
                .withMessageContaining("limit: 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> tenants().list(1001, Optional.empty()))
                .withMessageContaining("limit: 1001");
    }

    @Test
    default void removeShouldRemoveATenantThatOwnsNothing() {
        tenants().add(new Tenant("acme", NOW));

        assertThat(tenants().remove("acme")).isTrue();
        assertThat(tenants().find("acme")).isEmpty();
    }

    @Test
    default void removeShouldAgreeWhenThereIsNoSuchTenant() {
        assertThat(tenants().remove("acme")).isTrue();
    }

    @Test
    default void removeShouldKeepATenantThatOwnsACredential() {
        tenants().add(new Tenant("acme", NOW));
        credentials().put(new Credential("app", "acme", "hash", false, "", NOW));

        assertThat(tenants().remove("acme")).isFalse();
        assertThat(tenants().find("acme")).isPresent();

        credentials().remove("app");
        assertThat(tenants().remove("acme")).isTrue();
    }

    @Test
    default void removeShouldKeepATenantThatOwnsASendingDomain() {
        tenants().add(new Tenant("acme", NOW));
        sendingDomains().put(new SendingDomain("acme.example", "acme", "bounces.acme.example", List.of(), NOW));

        assertThat(tenants().remove("acme")).isFalse();
        assertThat(tenants().find("acme")).isPresent();

        sendingDomains().remove("acme.example");
        assertThat(tenants().remove("acme")).isTrue();
    }
}
