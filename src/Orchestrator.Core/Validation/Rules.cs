using System.Text.Json;

namespace Orchestrator.Core.Validation;

/// <summary>The rules that members of several requests share, each with the words in which it is refused.</summary>
internal static class Rules
{
    /// <summary>2^53−1, the largest integer that every JSON reader keeps exactly.</summary>
    public const long MaxInteger = 9_007_199_254_740_991;

    /// <summary>How deep the JSON inside a request may nest: a body of the HTTP API has 32 levels, and the request itself is one of them.</summary>
    public const int MaxDepth = 31;

    /// <summary>The longest <c>wait</c> that a caller may ask for.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(60);

    public const string Id = "must be 1 to 128 characters of A-Z a-z 0-9 . _ - (but not . or ..)";

    public const string RequiredId = "is required: 1 to 128 characters of A-Z a-z 0-9 . _ - (but not . or ..)";

    public const string StorableJson = "must be a JSON object that nests at most 31 levels, has each member once, and holds neither the character U+0000 nor half a surrogate pair";

    public const string Unstorable = "must not contain the character U+0000 or half a surrogate pair";

    public const string Cursor = "must be the next_cursor of an earlier page";

    /// <summary>The actor of what the orchestrator does by itself. No caller may act under this name.</summary>
    public static Actor Orchestrator { get; } = new(ActorType.System, "orchestrator");

    private const int MaxMetrics = 64;
    private const int MaxMetricName = 256;
    private const int MaxQueued = 1_024;

    /// <summary>Text without NUL and lone surrogates, which not every store can keep.</summary>
    public static void Text(ref Faults faults, string member, string? text, int max, bool required = false)
    {
        if (string.IsNullOrEmpty(text))
        {
            if (required)
            {
                faults.Add(member, $"is required: 1 to {max} characters");
            }
        }
        else if (text.Length > max)
        {
            faults.Add(member, $"must not be longer than {max} characters");
        }
        else if (!IsStorable(text))
        {
            faults.Add(member, Unstorable);
        }
    }

    public static void Counter(ref Faults faults, string member, long? value, bool required = false)
    {
        if (value is not { } number)
        {
            faults.Require(!required, member, "is required: from 0 to 2^53-1");
        }
        else
        {
            faults.Require(number is >= 0 and <= MaxInteger, member, "must be from 0 to 2^53-1");
        }
    }

    /// <summary>One of the values of an enum.</summary>
    /// <param name="faults">Gets the fault.</param>
    /// <param name="member">The member.</param>
    /// <param name="value">The value; <see langword="null"/> where the request has none.</param>
    /// <param name="toWireName">The name of a value.</param>
    public static void OneOf<T>(ref Faults faults, string member, T? value, Func<T, string> toWireName)
        where T : struct, Enum
    {
        if (value is not { } given || !Enum.IsDefined(given))
        {
            var names = string.Join(", ", Enum.GetValues<T>().Select(toWireName));
            faults.Add(member, value is null ? $"is required: one of {names}" : $"must be one of {names}");
        }
    }

    /// <summary>An integer that every store and JSON reader keeps exactly.</summary>
    public static void Integer(ref Faults faults, string member, long? value) =>
        faults.Require(value is null or (>= -MaxInteger and <= MaxInteger), member, "must be from -(2^53-1) to 2^53-1");

    public static void Throughput(ref Faults faults, string member, double? value) =>
        faults.Require(!(value < 0) || double.IsInfinity(value.Value), member, "must not be negative");

    /// <summary>A time; the default value is none.</summary>
    public static void Time(ref Faults faults, string member, DateTimeOffset? time) =>
        faults.Require(time != default(DateTimeOffset), member, "must be an RFC 3339 date and time");

    /// <summary>Who acts: the request names it, or the caller is authenticated.</summary>
    public static void Actor(ref Faults faults, Actor? actor, CallContext context)
    {
        if (actor is null)
        {
            faults.Require(context.Principal is not null, "actor", "is required");
            return;
        }

        faults.Require(Enum.IsDefined(actor.Type), "actor.type", "must be one of operator, system");
        Text(ref faults, "actor.id", actor.Id, 256, required: true);
        faults.Require(
            actor.Type != ActorType.System || (context.Principal ?? actor.Id) != Orchestrator.Id,
            "actor.id",
            "must not be the orchestrator's own name");
    }

    /// <summary>What a call says of its caller, as far as it is kept as it was given.</summary>
    public static void Caller(ref Faults faults, CallContext context)
    {
        IdempotencyKey(ref faults, context);
        faults.Require(context.Principal is not { } principal || IsStorable(principal), "principal", Unstorable);
    }

    public static void IdempotencyKey(ref Faults faults, CallContext context) =>
        faults.Require(
            context.IdempotencyKey is not { } key || (key.Length is >= 1 and <= 128 && key.All(c => c is >= '!' and <= '~')),
            "Idempotency-Key",
            "must be 1 to 128 visible ASCII characters");

    public static void ClaimId(ref Faults faults, string? claimId) => Text(ref faults, "claim_id", claimId, 128);

    public static void Wait(ref Faults faults, TimeSpan wait) =>
        faults.Require(wait >= TimeSpan.Zero && wait <= LongestWait, "wait", "must be from 0 to 60 seconds");

    public static void Labels(ref Faults faults, string member, IReadOnlyDictionary<string, string>? labels)
    {
        if (labels is null)
        {
            faults.Add(member, "must not be null");
            return;
        }

        if (labels.Count > 64)
        {
            faults.Add(member, "must have at most 64 entries");
            return;
        }

        foreach (var (key, value) in labels)
        {
            if (key.Length is 0 or > 63 || key.Contains(':') || !IsStorable(key))
            {
                faults.Add(member, "must have names of 1 to 63 characters without ':'");
            }

            if (value is null || value.Length > 256 || !IsStorable(value))
            {
                faults.Add(member, "must have values of up to 256 characters");
            }
        }
    }

    public static void Metrics(ref Faults faults, string member, IReadOnlyDictionary<string, double>? metrics)
    {
        if (metrics is null)
        {
            return;
        }

        if (metrics.Count > MaxMetrics)
        {
            faults.Add(member, $"must have at most {MaxMetrics} entries");
        }

        foreach (var (name, _) in metrics)
        {
            if (name.Length is 0 or > MaxMetricName || !IsStorable(name))
            {
                faults.Add(member, $"must have names of 1 to {MaxMetricName} characters, without the character U+0000");
            }
        }
    }

    public static void Queued(ref Faults faults, string member, IReadOnlyList<CommandId>? queued)
    {
        if (queued is null)
        {
            return;
        }

        if (queued.Count > MaxQueued)
        {
            faults.Add(member, $"must have at most {MaxQueued} entries");
        }

        faults.Require(!queued.Any(id => id.IsDefault), member, Id);
    }

    public static void JsonObject(ref Faults faults, string member, JsonElement? value)
    {
        if (value is { } json)
        {
            faults.Require(json.ValueKind == JsonValueKind.Object && IsStorable(json), member, StorableJson);
        }
    }

    public static bool IsStorable(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '\0' || char.IsLowSurrogate(c) || (char.IsHighSurrogate(c) && (++i == text.Length || !char.IsLowSurrogate(text[i]))))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether every store can keep the value: storable text, each member once, and not nested deeper than <see cref="MaxDepth"/>.</summary>
    public static bool IsStorable(JsonElement json)
    {
        try
        {
            return IsStorable(json, MaxDepth);
        }
        catch (InvalidOperationException)
        {
            // The reader lets escaped halves of surrogate pairs pass and throws when the text is taken.
            return false;
        }
    }

    private static bool HoldsEachMemberOnce(JsonElement json)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        return json.EnumerateObject().All(member => names.Add(member.Name));
    }

    private static bool IsStorable(JsonElement json, int levels) => json.ValueKind switch
    {
        JsonValueKind.Object or JsonValueKind.Array when levels == 0 => false,
        JsonValueKind.Object =>
            HoldsEachMemberOnce(json) && json.EnumerateObject().All(member => IsStorable(member.Name) && IsStorable(member.Value, levels - 1)),
        JsonValueKind.Array => json.EnumerateArray().All(item => IsStorable(item, levels - 1)),
        JsonValueKind.String => json.GetString() is { } text && IsStorable(text),
        _ => true,
    };
}
