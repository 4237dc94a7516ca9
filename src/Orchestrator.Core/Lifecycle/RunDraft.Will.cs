using System.Buffers.Binary;
using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text.Json;
using Orchestrator.Core.Validation;

namespace Orchestrator.Core.Lifecycle;

/// <content>What operators want of the run, carried over from attempt to attempt.</content>
internal sealed partial class RunDraft
{
    /// <summary>Whether a command was queued to carry the will of operators over.</summary>
    public static bool IsCarriedOver(Command command) => command.Actor == Rules.Orchestrator;

    /// <summary>Records that a <c>pause</c> or <c>resume</c> was applied.</summary>
    public void WantPaused(bool isPaused) => Will = (Will ?? NoWill) with { Paused = isPaused };

    /// <summary>Records the tunables in force after a <c>tune</c> was applied.</summary>
    public void WantTuned()
    {
        var wanted = new Dictionary<string, double>((Will ?? NoWill).Tuned, StringComparer.Ordinal);
        foreach (var (name, tuned) in Tuned)
        {
            if (tuned.Value is { } value)
            {
                wanted[name] = value;
            }
        }

        Will = (Will ?? NoWill) with { Tuned = wanted };
    }

    /// <summary>
    /// Queues what operators want and what a command that has just lapsed (expired or was rejected) would have replaced: the values that a <c>tune</c> names,
    /// the <c>pause</c>, or all of it where a <c>terminate</c> kept it from a new attempt. A command that was itself carried over is not repeated: the
    /// worker has answered it.
    /// </summary>
    public void CarryWillOverAfter(Command lapsed)
    {
        if (IsCarriedOver(lapsed) || State.IsTerminal())
        {
            return;
        }

        if (lapsed.Type == CommandType.Tune)
        {
            var names = TuneValues.Of(lapsed).Select(pair => pair.Key).ToHashSet(StringComparer.Ordinal);
            CarryWillOver(names.Contains, withPause: false);
        }
        else if (lapsed.Type == CommandType.Terminate)
        {
            CarryWillOver(_ => true, withPause: true);
        }
        else
        {
            CarryWillOver(_ => false, withPause: true);
        }
    }

    /// <summary>
    /// Queues what operators want of the run and what neither is in force in this attempt nor follows from its unacknowledged commands: a <c>tune</c> of
    /// the declared values, then a <c>pause</c>.
    /// </summary>
    /// <param name="isWanted">Which tunables to look at.</param>
    /// <param name="withPause">Whether to look at the pause.</param>
    private void CarryWillOver(Func<string, bool> isWanted, bool withPause)
    {
        if (Will is not { } will || State == RunState.Terminating || Live.Any(command => command.Type == CommandType.Terminate))
        {
            return;
        }

        var missing = will.Tuned
            .Where(pair => isWanted(pair.Key) && !IsInForce(pair.Key) && !IsAskedFor(pair.Key) && IsDeclared(pair.Key, pair.Value))
            .OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .ToList();
        if (missing.Count > 0)
        {
            AcceptCarriedOver(CommandType.Tune, TuneValues.ToPayload(missing));
        }

        if (withPause && will.Paused && State != RunState.Paused && !Live.Any(command => command.Type is CommandType.Pause or CommandType.Resume))
        {
            AcceptCarriedOver(CommandType.Pause, payload: null);
        }
    }

    private bool IsInForce(string name) => Tuned.TryGetValue(name, out var tuned) && tuned.Value is not null;

    /// <summary>Whether an unacknowledged <c>tune</c> will set a tunable: one that no later applied command has set.</summary>
    private bool IsAskedFor(string name)
    {
        var settled = Tuned.TryGetValue(name, out var tuned) ? tuned.Sequence : 0;
        return Live.Any(command => command.Type == CommandType.Tune && command.Sequence > settled && TuneValues.Of(command).Any(pair => pair.Key == name));
    }

    private bool IsDeclared(string name, double value) => _options.Tunables.TryGet(name, out var tunable) && tunable.Accepts(value);

    private void AcceptCarriedOver(CommandType type, JsonElement? payload) => Accept(new Command
    {
        Id = CarriedOverId(Commands + 1),
        RunId = _before.Id,
        Sequence = Commands + 1,
        Type = type,
        Payload = payload,
        Actor = Rules.Orchestrator,
        CreatedAt = Now,
    });

    /// <summary>An id that no caller can have used: it is derived from the random id of the run's last commit.</summary>
    private CommandId CarriedOverId(long sequence)
    {
        Span<byte> source = stackalloc byte[24];
        _before.CommitId.TryWriteBytes(source);
        BinaryPrimitives.WriteInt64BigEndian(source[16..], sequence);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(source, hash);
        return CommandId.Parse(new Guid(hash[..16]).ToString());
    }

    private static OperatorWill NoWill { get; } = new(Paused: false, FrozenDictionary<string, double>.Empty);
}
