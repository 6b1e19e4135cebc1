package io.postrider.server.config;

import com.google.common.net.InetAddresses;
import io.postrider.mail.EmailAddress;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The kinds of values that settings have. */
final class ValueTypes {
    private static final Pattern DURATION = Pattern.compile("(\\d{1,12})(ms|s|m|h|d)");
    private static final Pattern SIZE = Pattern.compile("(\\d{1,18})\\s*(B|KiB|MiB|GiB)?");
    private static final Pattern HOST_NAME = Pattern.compile(
            "(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*");
    private static final Pattern ORIGIN = Pattern.compile("\\*|https?://[A-Za-z0-9.:\\[\\]-]+");
    private static final Pattern TOKEN = Pattern.compile("[!-~]+");

    private ValueTypes() {}

    static ValueType<Integer> integer(int least, int most) {
        return new ValueType<>("a whole number, " + least + " to " + most, text -> {
            BigInteger value = new BigInteger(text);
            require(value.compareTo(BigInteger.valueOf(least)) >= 0 && value.compareTo(BigInteger.valueOf(most)) <= 0);
            return value.intValueExact();
        });
    }

    static ValueType<Integer> port() {
        return new ValueType<>(
                "a port, 1 to 65535, or 0 for any that is free",
                integer(0, 65535).parser());
    }

    static ValueType<Double> share() {
        return new ValueType<>("a number from 0 to less than 1", text -> {
            BigDecimal value = new BigDecimal(text);
            require(value.signum() >= 0 && value.compareTo(BigDecimal.ONE) < 0);
            return value.doubleValue();
        });
    }

    static ValueType<Boolean> bool() {
        return new ValueType<>("true or false", text -> {
            require(text.equals("true") || text.equals("false"));
            return Boolean.valueOf(text);
        });
    }

    static ValueType<Duration> duration(String least, String most) {
        Duration shortest = parseDuration(least);
        Duration longest = parseDuration(most);
        return new ValueType<>("a duration such as 500ms, 10s, 5m, 2h, 4d or PT5M, " + least + " to " + most, text -> {
            Duration value = parseDuration(text);
            require(value.compareTo(shortest) >= 0 && value.compareTo(longest) <= 0);
            return value;
        });
    }

    static ValueType<List<Duration>> durations() {
        ValueType<Duration> each = duration("1ms", "30d");
        return new ValueType<>("durations with commas between them, such as 10s,1m,2h", text -> {
            List<Duration> values = new ArrayList<>();
            for (String item : text.split(",", -1)) {
                values.add(each.parser().parse(item.strip()));
            }
            return List.copyOf(values);
        });
    }

    static ValueType<Long> size(String least, String most) {
        long smallest = parseSize(least);
        long biggest = parseSize(most);
        return new ValueType<>("a size such as 64KiB, 10MiB or plain bytes, " + least + " to " + most, text -> {
            long value = parseSize(text);
            require(value >= smallest && value <= biggest);
            return value;
        });
    }

    static ValueType<String> ipAddress() {
        return new ValueType<>(
                "an IP address of this machine, such as 127.0.0.1, ::1, 0.0.0.0 for all of IPv4 or :: for all",
                text -> {
                    require(InetAddresses.isInetAddress(text));
                    return text;
                });
    }

    static ValueType<List<Cidr>> networks() {
        return new ValueType<>("networks with commas between them, such as 10.0.0.0/8, fd00::/8", text -> {
            List<Cidr> networks = new ArrayList<>();
            for (String item : text.split(",", -1)) {
                if (!item.isBlank()) {
                    networks.add(Cidr.parse(item.strip()));
                }
            }
            return List.copyOf(networks);
        });
    }

    /** Whether something is shown. */
    static ValueType<Boolean> fullOrNone() {
        return new ValueType<>("full or none", text -> {
            require(text.equals("full") || text.equals("none"));
            return text.equals("full");
        });
    }

    static <T extends Enum<T>> ValueType<T> oneOf(Class<T> type) {
        List<String> names = Arrays.stream(type.getEnumConstants())
                .map(constant -> constant.name().toLowerCase(Locale.ROOT))
                .toList();
        return new ValueType<>("one of " + String.join(", ", names), text -> {
            require(names.contains(text));
            return Enum.valueOf(type, text.toUpperCase(Locale.ROOT));
        });
    }

    static ValueType<String> file() {
        return new ValueType<>("a path, absolute or from the home", text -> {
            require(!text.isEmpty() && text.indexOf(0) < 0);
            return text;
        });
    }

    static ValueType<Optional<String>> optionalFile() {
        return new ValueType<>("a path, absolute or from the home", text -> {
            require(text.indexOf(0) < 0);
            return text.isEmpty() ? Optional.empty() : Optional.of(text);
        });
    }

    static ValueType<Optional<String>> hostName() {
        return new ValueType<>("a host name such as mail.example.com", optional(HOST_NAME));
    }

    static ValueType<Optional<EmailAddress>> address() {
        return new ValueType<>(
                "an address such as postmaster@example.com",
                text -> text.isEmpty() ? Optional.empty() : Optional.of(EmailAddress.parse(text)));
    }

    static ValueType<Optional<String>> origin() {
        return new ValueType<>("an origin such as https://console.example.com, or * for all", optional(ORIGIN));
    }

    /** What fits into a header field of HTTP. */
    static ValueType<Optional<Secret>> token() {
        return new ValueType<>(
                "printable ASCII without blanks",
                text -> optional(TOKEN).parse(text).map(Secret::new));
    }

    static ValueType<Optional<Secret>> secret() {
        return new ValueType<>("text", text -> text.isEmpty() ? Optional.empty() : Optional.of(new Secret(text)));
    }

    static ValueType<TrustedNetworks> trustedNetworks() {
        return new ValueType<>(
                "network=tenant with commas between them, such as 127.0.0.0/8=default, ::1/128=default",
                TrustedNetworks::parse);
    }

    static boolean isHostName(String text) {
        return HOST_NAME.matcher(text).matches();
    }

    private static ValueType.Parser<Optional<String>> optional(Pattern pattern) {
        return text -> {
            require(text.isEmpty() || pattern.matcher(text).matches());
            return text.isEmpty() ? Optional.empty() : Optional.of(text);
        };
    }

    private static Duration parseDuration(String text) {
        Matcher matcher = DURATION.matcher(text);
        if (!matcher.matches()) {
            try {
                return Duration.parse(text);
            } catch (DateTimeException e) {
                throw new IllegalArgumentException("no duration", e);
            }
        }
        long count = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(count);
            case "s" -> Duration.ofSeconds(count);
            case "m" -> Duration.ofMinutes(count);
            case "h" -> Duration.ofHours(count);
            default -> Duration.ofDays(count);
        };
    }

    private static long parseSize(String text) {
        Matcher matcher = SIZE.matcher(text);
        require(matcher.matches());
        String unit = matcher.group(2);
        int shift = unit == null ? 0 : 10 * List.of("B", "KiB", "MiB", "GiB").indexOf(unit);
        BigInteger bytes = new BigInteger(matcher.group(1)).shiftLeft(shift);
        require(bytes.bitLength() < Long.SIZE);
        return bytes.longValueExact();
    }

    private static void require(boolean condition) {
        if (!condition) {
            throw new IllegalArgumentException();
        }
    }
}
