using System.Text.Json.Nodes;
using Orchestrator.FaultProxy;

namespace Orchestrator.Samples.Tests.OneName;

/// <summary>
/// Records what workers send, get and print, in order. One call at a time is executed, so the server made its answers in this order.
/// </summary>
internal sealed class Journal
{
    private readonly Lock _gate = new();
    private readonly List<Note> _notes = [];

    public IReadOnlyList<Note> Notes
    {
        get
        {
            lock (_gate)
            {
                return [.. _notes];
            }
        }
    }

    public Note Add(Note note)
    {
        lock (_gate)
        {
            _notes.Add(note);
        }

        return note;
    }

    /// <summary>Whether the worker got the answer that the attempt is not its own any more.</summary>
    public bool IsFenced(int worker, Holding holding) => Notes.Contains(new Note(worker, Occurrence.Fenced, holding));

    /// <summary>Whether the server accepted that each of the runs is completed.</summary>
    public bool AreCompleted(IEnumerable<string> runs)
    {
        var completed = Notes.Where(note => note.What == Occurrence.Completed).Select(note => note.Holding.Run).ToHashSet();
        return runs.All(completed.Contains);
    }

    /// <summary>Returns the hand-over that a heartbeat or a transition carries, or <see langword="null"/> for every other call.</summary>
    public static Holding? Carried(GateRequest request)
    {
        var parts = request.Path.Split('?')[0].Split('/');
        if (parts[^1] is not ("heartbeat" or "transitions") || request.Method != "POST")
        {
            return null;
        }

        var body = JsonNode.Parse(request.Body)!;
        return new Holding(Uri.UnescapeDataString(parts[^2]), (int)body["attempt"]!, (string?)body["claim_id"]);
    }

    /// <summary>Records what the server has done by a call.</summary>
    public void AddExecuted(int worker, GateRequest request, GateAnswer answer)
    {
        if (answer.Status == 200 && Carried(request) is { } holding)
        {
            Add(new Note(worker, IsHeartbeat(request) ? Occurrence.Accepted : Occurrence.Completed, holding));
        }
    }

    /// <summary>Records what a worker learns from an answer. Returns <see langword="null"/> where it concerns no hand-over.</summary>
    public Note? AddDelivered(int worker, GateRequest request, GateAnswer answer)
    {
        if (Carried(request) is not { } carried)
        {
            return answer.Status == 200 && JsonNode.Parse(answer.Body) is JsonObject body && body["run"] is { } run
                ? Add(new Note(worker, Occurrence.Claimed, HandedOut(run, (string?)body["claim_id"])))
                : null;
        }

        if (answer.Status == 200)
        {
            return Add(new Note(worker, IsHeartbeat(request) ? Occurrence.Heard : Occurrence.Confirmed, carried));
        }

        var code = (string?)JsonNode.Parse(answer.Body)?["error"]?["code"];
        var isFence = answer.Status == 409 && code is "stale_attempt" or "run_ended";
        return Add(new Note(worker, isFence ? Occurrence.Fenced : Occurrence.Refused, carried, isFence ? "" : $"{answer.Status} {code}"));
    }

    public override string ToString() => string.Join('\n', Notes);

    private static Holding HandedOut(JsonNode run, string? claimId) => new((string)run["id"]!, (int)run["attempt"]!, claimId);

    private static bool IsHeartbeat(GateRequest request) => request.Path.Split('?')[0].EndsWith("/heartbeat", StringComparison.Ordinal);
}
