using System.Reflection;
using Microsoft.AspNetCore.Http.Metadata;

namespace Orchestrator.AspNetCore.Hosting;

/// <summary>
/// Describes a parameter to API explorers, as the request delegate generator does for typed handlers. Ours read the request
/// themselves, so that a wrong body gets the answer of the contract and a heartbeat costs no binding, and are described apart.
/// </summary>
internal sealed class ParameterDescription(ParameterInfo parameter, bool isOptional) : IParameterBindingMetadata
{
    public string Name { get; } = parameter.Name!;

    public bool HasTryParse => true;

    public bool HasBindAsync => false;

    public ParameterInfo ParameterInfo => parameter;

    public bool IsOptional => isOptional;
}
