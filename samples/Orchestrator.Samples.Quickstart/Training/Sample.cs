using System.Collections.Immutable;

namespace Orchestrator.Samples.Quickstart.Training;

/// <summary>One labelled example.</summary>
/// <param name="Features">The inputs of the model, in the order of the data set's columns.</param>
/// <param name="Label">The index of the class, from 0.</param>
public sealed record Sample(ImmutableArray<double> Features, int Label);
