package io.postrider.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.postrider.route.EgressPool;
import io.postrider.route.EgressPools;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What callers of {@link io.postrider.route.EgressPools} rely on. Each test gets an empty store. */
public interface EgressPoolsContract {
    EgressPools pools();

    /** The same store, closed and opened again. */
    EgressPools reopenedPools();

    @Test
    default void putShouldKeepEveryFieldAndTheOrderOfSources() {
        EgressPool pool = pool("bulk", source("198.51.100.7", 3), source("2001:db8::7", 1));
        pools().put(pool);

        assertThat(pools().find("bulk")).contains(pool);
        assertThat(reopenedPools().find("bulk")).contains(pool);
    }

    @Test
    default void putShouldKeepASourceWithoutEhloName() {
        EgressPool pool = pool("bulk", new EgressPool.Source(address("192.0.2.1"), Optional.empty(), 1));
        pools().put(pool);

        assertThat(pools().find("bulk")).contains(pool);
    }

    @Test
    default void putShouldReplaceThePool() {
        pools().put(pool("bulk", source("198.51.100.7", 3)));
        EgressPool next = pool("bulk", source("198.51.100.8", 1));
        pools().put(next);

        assertThat(pools().find("bulk")).contains(next);
        assertThat(pools().list(10, Optional.empty()).items()).containsExactly(next);
    }

    @Test
    default void listShouldReturnAllByNameOverSeveralPages() {
        IntStream.range(0, 5).forEach(i -> pools().put(pool("pool-" + (4 - i), source("192.0.2." + i, 1))));

        assertThat(Pages.all(2, cursor -> pools().list(2, cursor)))
                .extracting(EgressPool::name)
                .containsExactly("pool-0", "pool-1", "pool-2", "pool-3", "pool-4");
    }

    @Test
    default void listShouldRefuseACursorThatItDidNotGive() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> pools().list(10, Optional.of("x")))
                .withMessageContaining("cursor: 'x'");
    }

    @Test
    default void removeShouldTellWhetherThereWasOne() {
        pools().put(pool("bulk", source("198.51.100.7", 3)));

        assertThat(pools().remove("bulk")).isTrue();
        assertThat(pools().remove("bulk")).isFalse();
        assertThat(pools().find("bulk")).isEmpty();
    }

    private static EgressPool pool(String name, EgressPool.Source... sources) {
        return new EgressPool(name, List.of(sources));
    }

    private static EgressPool.Source source(String address, int weight) {
        return new EgressPool.Source(address(address), Optional.of("out.example.com"), weight);
    }

    private static InetAddress address(String literal) {
        try {
            return InetAddress.getByName(literal);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(literal, e);
        }
    }
}
