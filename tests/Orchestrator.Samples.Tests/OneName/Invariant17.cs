namespace Orchestrator.Samples.Tests.OneName;

/// <summary>What holds in each order of the calls of workers that share a name.</summary>
/// <param name="notes">What happened, in order.</param>
internal sealed class Invariant17(IReadOnlyList<Note> notes)
{
    public const string Completed = "completed";
    public const string Lost = "lost";

    /// <summary>How many runs have blocks of two processes, each in its own attempt.</summary>
    public int Takeovers => Of(Occurrence.Entered).GroupBy(note => note.Holding.Run)
        .Count(run => run.DistinctBy(note => note.Worker).Count() > 1 && run.DistinctBy(note => note.Holding.Attempt).Count() > 1);

    /// <summary>How many blocks ended because the attempt was not the worker's own any more.</summary>
    public int FencedBlocks => Of(Occurrence.Left).Count(note => note.Text == Lost);

    /// <summary>How many hand-overs were fenced before the worker entered a block.</summary>
    public int FencedClaims => Of(Occurrence.Fenced).Count(fence => !notes.Contains(fence with { What = Occurrence.Entered }));

    /// <summary>Fails with what is wrong at any moment.</summary>
    public void CheckSoFar()
    {
        Assert.DoesNotContain(notes, note => note.What == Occurrence.Refused);
        CheckHeartbeats();
        CheckEntries();
        CheckFences();
    }

    /// <summary>Fails with what is wrong when the workers have completed these runs.</summary>
    public void CheckAll(IReadOnlyList<string> runs)
    {
        CheckSoFar();
        CheckEnds();
        Assert.All(runs, CheckCompletion);
    }

    /// <summary>The accepted heartbeats of an attempt carry one claim id. None is accepted after one of a later attempt.</summary>
    private void CheckHeartbeats()
    {
        var accepted = Of(Occurrence.Accepted).Select(note => note.Holding).ToList();
        Assert.All(
            accepted.GroupBy(holding => (holding.Run, holding.Attempt)),
            attempt => Assert.NotNull(Assert.Single(attempt.Select(holding => holding.ClaimId).Distinct())));
        Assert.All(
            accepted.GroupBy(holding => holding.Run),
            run => Assert.Equal(run.Select(holding => holding.Attempt).Order(), run.Select(holding => holding.Attempt)));
    }

    /// <summary>
    /// A worker enters a block after it got the answer that a heartbeat of the hand-over was accepted. A hand-over has at most one block.
    /// </summary>
    private void CheckEntries()
    {
        foreach (var (index, entry) in notes.Index().Where(note => note.Item.What == Occurrence.Entered))
        {
            Assert.NotNull(entry.Holding.ClaimId);
            Assert.Contains(entry with { What = Occurrence.Heard, Text = "" }, notes.Take(index));
        }

        Assert.Distinct(Of(Occurrence.Entered).Select(note => note.Holding));
    }

    /// <summary>After a worker was fenced it makes no call of the attempt, has no heartbeat accepted, and reaches no step.</summary>
    private void CheckFences()
    {
        foreach (var (index, fence) in notes.Index().Where(note => note.Item.What == Occurrence.Fenced))
        {
            var later = notes.Skip(index + 1).Where(note => (note.Worker, note.Holding) == (fence.Worker, fence.Holding)).ToList();
            Assert.DoesNotContain(later, note => note.What is Occurrence.Called or Occurrence.Accepted or Occurrence.Completed);
            Assert.DoesNotContain(later, note => note.What is Occurrence.Entered or Occurrence.Stepped);
            Assert.DoesNotContain(later, note => note.What == Occurrence.Left && note.Text != Lost);
        }
    }

    /// <summary>Each block ends once: completed after the answer that says so, or lost after the answer that fenced it.</summary>
    private void CheckEnds()
    {
        Assert.Equal(Holders(Occurrence.Entered), Holders(Occurrence.Left));
        foreach (var (index, end) in notes.Index().Where(note => note.Item.What == Occurrence.Left))
        {
            Assert.True(end.Text is Completed or Lost, $"{end}");
            var cause = end.Text == Completed ? Occurrence.Confirmed : Occurrence.Fenced;
            Assert.Contains(end with { What = cause, Text = "" }, notes.Take(index));
        }
    }

    /// <summary>A run is completed by one process, in its newest attempt.</summary>
    private void CheckCompletion(string run)
    {
        var completion = Assert.Single(Of(Occurrence.Completed).Where(note => note.Holding.Run == run).Distinct());
        Assert.Equal(Of(Occurrence.Accepted).Last(note => note.Holding.Run == run).Holding, completion.Holding);
        var end = Assert.Single(Of(Occurrence.Left), note => note.Holding.Run == run && note.Text == Completed);
        Assert.Equal((completion.Worker, completion.Holding), (end.Worker, end.Holding));
    }

    private IEnumerable<Note> Of(Occurrence what) => notes.Where(note => note.What == what);

    private IEnumerable<string> Holders(Occurrence what) =>
        Of(what).Select(note => $"{note.Worker} {note.Holding}").Order(StringComparer.Ordinal);
}
