using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Orchestrator.Client.Http;

/// <summary>Reads an answer that succeeded. A connection that breaks off meanwhile is a reply that was lost.</summary>
internal delegate ValueTask<T> AnswerReader<T>(HttpResponseMessage response, CancellationToken cancellationToken);

/// <summary>Sends calls to the server, again where that is safe, until they are answered or their time is over.</summary>
/// <param name="http">The client to send by; asked for each try, so that a factory can renew its handlers.</param>
/// <param name="root">The prefix of the API, with a slash at its end.</param>
/// <param name="tryTimeout">How long one try may take.</param>
/// <param name="time">The clock of delays and deadlines.</param>
internal sealed class ApiConnection(Func<HttpClient> http, Uri root, TimeSpan tryTimeout, TimeProvider time)
{
    /// <summary>Sends a call whose answer is JSON.</summary>
    /// <param name="call">The call.</param>
    /// <param name="type">How the answer is read.</param>
    /// <param name="convert">Turns what was read into the result; <see langword="null"/> was read where the server answered that there is nothing.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public ValueTask<Result<T>> SendAsync<TBody, T>(
        ApiCall call, JsonTypeInfo<TBody> type, Func<TBody?, HttpResponseMessage, T> convert, CancellationToken cancellationToken)
        where TBody : class =>
        SendAsync(
            call,
            async (response, end) =>
            {
                using (response)
                {
                    try
                    {
                        return convert(await Answers.ReadAsync(response, type, end).ConfigureAwait(false), response);
                    }
                    catch (Exception fault) when (fault is JsonException or InvalidDataException)
                    {
                        throw UnexpectedAnswerException.Unreadable(response, fault);
                    }
                }
            },
            cancellationToken);

    /// <summary>Sends a call whose answer is read by its caller, who disposes of it, too.</summary>
    public async ValueTask<Result<T>> SendAsync<T>(ApiCall call, AnswerReader<T> read, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var limit = call.Timeout + call.Wait;
        var wait = call.Wait;
        using var deadline = new Deadline(limit, time, cancellationToken);
        for (var tries = 1; ; tries++)
        {
            var outcome = await TryAsync(call, read, tries, deadline.Token).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            if (outcome.Answer is { } answer)
            {
                return answer;
            }

            var pause = Backoff.After(tries, outcome.RetryAfter);
            var elapsed = time.GetElapsedTime(started);
            if (!call.IsRepeatable || deadline.Token.IsCancellationRequested || elapsed + pause >= limit)
            {
                return outcome.Outage!;
            }

            await PauseAsync(pause, outcome.Outage!, cancellationToken).ConfigureAwait(false);
            if (call.ToWait is { } toWait)
            {
                var left = wait - time.GetElapsedTime(started);
                call = toWait(left > TimeSpan.Zero ? left : TimeSpan.Zero);
            }
        }
    }

    private async ValueTask PauseAsync(TimeSpan pause, Refusal outage, CancellationToken cancellationToken)
    {
        try
        {
            await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            throw new PauseCancelledException(outage, cancellationToken);
        }
    }

    private async ValueTask<Outcome<T>> TryAsync<T>(ApiCall call, AnswerReader<T> read, int tries, CancellationToken end)
    {
        using var patience = new Deadline(tryTimeout + call.Wait, time, end);
        using var request = call.ToRequest(root);
        var client = http();
        HttpResponseMessage response;
        try
        {
            response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The caller checks its own token. Here it may also be HttpClient.Timeout.
            return new(Outages.NoAnswer(tries), null);
        }
        catch (Exception fault)
        {
            // A handler above the connection may throw anything: a time-out or an open circuit of a resilience handler, the outage of a token service.
            return new(Outages.NotSent(fault, tries), null);
        }

        try
        {
            if (response.IsSuccessStatusCode)
            {
                return new(await read(response, patience.Token).ConfigureAwait(false));
            }

            using (response)
            {
                return await ReadRefusalAsync<T>(response, tries, patience.Token).ConfigureAwait(false);
            }
        }
        catch (Exception fault)
        {
            response.Dispose();
            switch (fault)
            {
                case HttpRequestException or IOException:
                    return new(Outages.NoConnection(fault, tries), null);
                case OperationCanceledException:
                    return new(Outages.NoAnswer(tries), null);
                default:
                    throw;
            }
        }
    }

    private async ValueTask<Outcome<T>> ReadRefusalAsync<T>(HttpResponseMessage response, int tries, CancellationToken end)
    {
        var refusal = await Answers.ReadRefusalAsync(response, end).ConfigureAwait(false);
        var asked = Backoff.Asked(response, time);
        return refusal switch
        {
            { Code: RefusalCode.StoreUnavailable } => new(refusal, asked),
            { } => new(new Result<T>(refusal)),
            null when response.StatusCode is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests
                or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout =>
                new(Outages.Gateway(response.StatusCode, tries, asked), asked),
            null => throw UnexpectedAnswerException.Foreign(response),
        };
    }

    /// <summary>How a try ended: answered, or in an outage after which another one may be answered.</summary>
    private readonly record struct Outcome<T>
    {
        public Outcome(Result<T> answer) => Answer = answer;

        public Outcome(Refusal outage, TimeSpan? retryAfter) => (Outage, RetryAfter) = (outage, retryAfter);

        public Result<T>? Answer { get; }

        public Refusal? Outage { get; }

        /// <summary>How long the server asks to wait.</summary>
        public TimeSpan? RetryAfter { get; }
    }
}
