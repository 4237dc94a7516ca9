using System.Security.Claims;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Orchestrator.Samples.ExistingApi.Authentication;

namespace Orchestrator.Samples.ExistingApi.Models;

/// <summary>The endpoints that this API is for.</summary>
internal static class ModelEndpoints
{
    public static void MapModels(this IEndpointRouteBuilder app)
    {
        var models = app.MapGroup("/models").WithTags("Models");
        models.MapGet("/", (ModelRegistry registry) => registry.All).WithName("listModels");
        models.MapGet("/{name}", Find).WithName("getModel");
        models.MapPut("/{name}", Put).WithName("putModel").RequireAuthorization(Roles.Operator);
        models.MapPost("/{name}/trainings", TrainAsync).WithName("trainModel").RequireAuthorization(Roles.Operator);
    }

    private static Results<Ok<Model>, NotFound> Find(string name, ModelRegistry registry) =>
        registry.Find(name) is { } model ? TypedResults.Ok(model) : TypedResults.NotFound();

    private static Results<Ok<Model>, ValidationProblem> Put(string name, ModelDescription body, ModelRegistry registry)
    {
        if (!ExperimentId.TryParse(name, out _))
        {
            return TypedResults.ValidationProblem(new Dictionary<string, string[]> { ["name"] = ["must be 1 to 128 letters, digits, '.', '_' or '-'"] });
        }

        var model = new Model(name, body.Description);
        registry.Put(model);
        return TypedResults.Ok(model);
    }

    /// <summary>Queues a training: the engine is in this process, so that this is a call and not a request.</summary>
    private static async Task<Results<Created<Training>, NotFound>> TrainAsync(
        string name, TrainingRequest body, ModelRegistry registry, IOrchestrator orchestrator, ClaimsPrincipal caller)
    {
        if (registry.Find(name) is not { } model)
        {
            return TypedResults.NotFound();
        }

        var who = caller.FindFirstValue(ClaimTypes.NameIdentifier);
        var created = await orchestrator.Runs.CreateAsync(
            new NewRun
            {
                ExperimentId = ExperimentId.Parse(model.Name),
                VersionId = VersionId.Parse("v1"),
                LaunchManifest = JsonSerializer.SerializeToElement(body, JsonSerializerOptions.Web),
                Labels = new Dictionary<string, string> { ["model"] = model.Name },
                CreatedBy = who,
            },
            new CallContext { Principal = who });
        var run = created.Value.Value.Id.Value;
        return TypedResults.Created($"/training/runs/{run}", new Training(run));
    }

    internal sealed record ModelDescription(string Description);

    internal sealed record TrainingRequest(int Steps);

    internal sealed record Training(string RunId);
}
