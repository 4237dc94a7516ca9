using System.Collections.Concurrent;

namespace Orchestrator.Samples.ExistingApi.Models;

/// <summary>A model that can be trained.</summary>
/// <param name="Name">Names it in addresses.</param>
/// <param name="Description">What it is for.</param>
internal sealed record Model(string Name, string Description);

/// <summary>The models that there are.</summary>
internal sealed class ModelRegistry
{
    private readonly ConcurrentDictionary<string, Model> _models = new(StringComparer.Ordinal);

    public IEnumerable<Model> All => _models.Values.OrderBy(model => model.Name, StringComparer.Ordinal);

    public Model? Find(string name) => _models.GetValueOrDefault(name);

    public void Put(Model model) => _models[model.Name] = model;
}
