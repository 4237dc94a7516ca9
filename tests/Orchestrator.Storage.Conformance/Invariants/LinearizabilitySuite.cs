using CsCheck;
using Orchestrator.Core.Hosting;

namespace Orchestrator.Storage.Conformance.Invariants;

/// <summary>
/// Callers at the same time: whatever they are answered, and whatever becomes of the runs, is what the contract tells for some
/// order of their requests, one after the other.
/// </summary>
/// <param name="stores">Makes the stores.</param>
public abstract class LinearizabilitySuite(IStoreFactory stores)
{
    private static readonly Gen<Operation[]> Calls = Histories.AnyCall.Array[1, 3];

    /// <inheritdoc cref="ModelSuite.Sequences"/>
    protected virtual int Sequences => 500;

    [Fact]
    public Task What_happens_at_once_on_one_host_happens_in_some_order() => CheckAsync(simulation => Task.FromResult(simulation.Engine));

    [Fact]
    public Task What_happens_at_once_on_two_hosts_happens_in_some_order() => CheckAsync(simulation => simulation.OpenAnotherAsync());

    private Task CheckAsync(Func<Simulation, Task<Engine>> open) => Gen.Select(Histories.Any, Calls, Calls).SampleAsync(
        async (before, left, right) =>
        {
            await using var simulation = await Simulation.StartAsync(stores);
            await simulation.RunAsync(before.Take(12));
            var engine = await open(simulation);
            var (one, other) = (simulation.Prepare(left), simulation.Prepare(right));

            using var barrier = new Barrier(2);
            var answers = await Task.WhenAll(SendAsync(simulation.Engine, one, barrier), SendAsync(engine, other, barrier));
            var (ones, others) = (answers[0], answers[1]);

            var runs = new List<RunFacts>();
            foreach (var id in new[] { 0, 1, 2 }.Select(run => RunId.Parse($"run-{run}")))
            {
                if ((await simulation.Engine.Runs.GetAsync(id)).TryGet(out var run, out _))
                {
                    runs.Add(RunFacts.Of(run));
                }
            }

            Assert.True(
                Orders(one.Sum(Steps), other.Sum(Steps)).Any(order => Explains(order)),
                $"no order explains\n{string.Join('\n', left.Zip(ones))}\nat once with\n{string.Join('\n', right.Zip(others))}\nand then\n{string.Join('\n', runs)}");

            bool Explains(IEnumerable<bool> order)
            {
                var model = simulation.Replay();
                var (left, right) = (new Caller(model, one, ones), new Caller(model, other, others));
                if (!order.All(isOne => (isOne ? left : right).Step()))
                {
                    return false;
                }

                return model.Runs.Select(run => run.Facts()).OrderBy(run => run.Id.Value, StringComparer.Ordinal).SequenceEqual(runs);
            }
        },
        iter: Scale.Of(Sequences) / 2,
        threads: 1);

    private static int Steps(Request request) => request.Begin is null ? 1 : Model.StepsOfClaim;

    private static Task<Answer[]> SendAsync(Engine engine, Request[] requests, Barrier barrier) => Task.Run(async () =>
    {
        var answers = new Answer[requests.Length];
        barrier.SignalAndWait();
        for (var i = 0; i < requests.Length; i++)
        {
            answers[i] = await requests[i].Send(engine);
        }

        return answers;
    });

    /// <summary>Every order of so many calls of the one and the other, each keeping its own.</summary>
    private static IEnumerable<IEnumerable<bool>> Orders(int ones, int others) =>
        ones == 0 ? [Enumerable.Repeat(false, others)]
        : others == 0 ? [Enumerable.Repeat(true, ones)]
        : Orders(ones - 1, others).Select(rest => rest.Prepend(true)).Concat(Orders(ones, others - 1).Select(rest => rest.Prepend(false)));

    /// <summary>Makes one caller's requests to a model, step by step.</summary>
    private sealed class Caller(Model model, Request[] requests, Answer[] answers)
    {
        private IEnumerator<Answer?>? _steps;
        private int _next;

        /// <returns>Whether the model answers as the engine did, as far as this step answers.</returns>
        public bool Step()
        {
            var request = requests[_next];
            if (request.Begin is not { } begin)
            {
                return request.Tell(model) == answers[_next++];
            }

            _steps ??= begin(model).GetEnumerator();
            if (!_steps.MoveNext() || _steps.Current is not { } answer)
            {
                return true;
            }

            _steps = null;
            return answer == answers[_next++];
        }
    }
}
