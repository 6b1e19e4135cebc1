package io.postrider.simulator.webadmin;

import io.postrider.admin.webadmin.Errors;
import io.postrider.admin.webadmin.Json;
import io.postrider.admin.webadmin.Paging;
import io.postrider.admin.webadmin.PathParameters;
import io.postrider.admin.webadmin.Query;
import io.postrider.mail.EmailAddress;
import io.postrider.mail.HeaderField;
import io.postrider.mail.RawMessage;
import io.postrider.simulator.SimulatorMailbox;
import io.postrider.simulator.SimulatorMailbox.SimulatedMessage;
import io.postrider.store.Page;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import javax.inject.Inject;
import org.apache.james.webadmin.Routes;
import spark.Request;
import spark.Response;
import spark.Service;

/** {@code /simulator/messages}: what the simulator received, newest first. */
public final class SimulatorRoutes implements Routes {
    private static final String MESSAGES = "/simulator/messages";

    private final SimulatorMailbox mailbox;

    @Inject
    public SimulatorRoutes(SimulatorMailbox mailbox) {
        this.mailbox = mailbox;
    }

    @Override
    public String getBasePath() {
        return "/simulator";
    }

    @Override
    public void define(Service service) {
        service.get(MESSAGES, Json.answer(this::list));
        service.get(MESSAGES + "/:n", this::raw);
    }

    private Object list(Request request, Response response) {
        Query query = Query.of(request, "limit", "cursor");
        Paging paging = Paging.of(query);
        List<SimulatedMessage> found =
                mailbox.list(paging.cursor().map(text -> number("cursor", text)), paging.limit() + 1);
        boolean more = found.size() > paging.limit();
        List<SimulatedMessage> items = more ? found.subList(0, paging.limit()) : found;
        Optional<String> next =
                more ? Optional.of(Long.toString(items.get(items.size() - 1).n())) : Optional.empty();
        return Paging.view(new Page<>(items, next), SimulatedView::of);
    }

    private Object raw(Request request, Response response) {
        long n = number("n", PathParameters.third(request));
        SimulatedMessage message = mailbox.find(n).orElseThrow(() -> Errors.notFound("simulated message", n));
        response.type("message/rfc822");
        return message.raw();
    }

    private static long number(String what, String text) {
        if (!text.matches("[0-9]{1,18}")) {
            throw new IllegalArgumentException(what + ": '" + text + "' (expected: the number of a message)");
        }
        return Long.parseLong(text);
    }

    private record SimulatedView(
            long n,
            Instant at,
            Optional<String> reversePath,
            List<String> recipients,
            int size,
            List<FieldView> headers) {
        static SimulatedView of(SimulatedMessage message) {
            return new SimulatedView(
                    message.n(),
                    message.at(),
                    message.reversePath().map(EmailAddress::toString),
                    message.recipients().stream().map(EmailAddress::toString).toList(),
                    message.raw().length,
                    RawMessage.parse(message.raw()).fields().stream()
                            .map(FieldView::of)
                            .toList());
        }
    }

    /** A header field, unfolded, nothing decoded. */
    private record FieldView(String name, String value) {
        static FieldView of(HeaderField field) {
            return new FieldView(field.name(), field.value());
        }
    }
}
