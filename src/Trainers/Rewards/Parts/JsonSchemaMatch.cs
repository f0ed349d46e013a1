using System.Collections.Concurrent;
using System.Text.Json;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Settings;

namespace RlCore.Trainers.Rewards;

/// <summary>1 if a completion is JSON that matches a schema, either one for all rows or each row's own; otherwise 0.</summary>
/// <param name="settings">The location of the schema.</param>
internal sealed class JsonSchemaMatch(RewardSettings.JsonSchema settings) : SampleReward(settings.Name), IBoundedReward
{
    private readonly ConcurrentDictionary<string, JsonSchema> _schemas = new(StringComparer.Ordinal);
    private readonly Lazy<JsonSchema> _ofAll = new(() => Read(File.ReadAllText(settings.Schema)));
    private int _undecided;

    /// <inheritdoc/>
    public bool HasLimit => true;

    /// <inheritdoc/>
    public override double Score(RewardSample sample)
    {
        JsonSchema schema = settings.SchemaColumn.Length > 0
            ? _schemas.GetOrAdd(sample.Question.Fields[settings.SchemaColumn], Read)
            : _ofAll.Value;
        bool isUndecided = false;
        bool accepts = JsonText.TryParse(sample.Completion, out JsonElement value) && schema.Accepts(value, out isUndecided);
        Interlocked.Add(ref _undecided, isUndecided ? 1 : 0);
        return accepts ? 1 : 0;
    }

    /// <inheritdoc/>
    public int TakeUndecided() => Interlocked.Exchange(ref _undecided, 0);

    private static JsonSchema Read(string text) => JsonSchema.TryRead(text, out JsonSchema? schema, out var problems)
        ? schema!
        : throw new ArgumentException(
            $"The schema cannot be used: at {problems[0].Place} there is {problems[0].Found}; expected {problems[0].Expected}.",
            nameof(text));
}

public abstract partial record RewardSettings
{
    /// <summary>1 if the completion is JSON that matches a schema.</summary>
    public sealed record JsonSchema : Verifier
    {
        /// <summary>File with the schema for all rows.</summary>
        /// <value>"".</value>
        public string Schema { get; init; } = "";

        /// <summary>Column with each row's own schema.</summary>
        /// <value>"".</value>
        [Matches(@"^(?!(prompt|answer)\z)", "a column other than prompt and answer")]
        public string SchemaColumn { get; init; } = "";

        /// <inheritdoc/>
        internal override bool IsBounded => true;

        /// <inheritdoc/>
        protected internal override IEnumerable<string> Columns => SchemaColumn.Length > 0 ? [SchemaColumn] : [];

        /// <inheritdoc/>
        protected internal override IEnumerable<string> Files => Schema.Length > 0 ? [Schema] : [];

        /// <inheritdoc/>
        protected internal override void Check(Action<string, string, string> add)
        {
            if (Schema.Length == 0 == (SchemaColumn.Length == 0))
            {
                add("schema", Schema.Length == 0 ? "neither a schema nor a schemaColumn" : "a schema and a schemaColumn", "one of the two");
            }
        }

        /// <inheritdoc/>
        protected internal override void CheckInputs(Action<InputProblem> add)
        {
            if (Schema.Length > 0 && !File.Exists(Schema))
            {
                add(InputFiles.Missing(Schema, "a JSON Schema"));
            }
            else if (Schema.Length > 0)
            {
                Rewards.JsonSchema.TryRead(File.ReadAllText(Schema), out _, out var problems);
                foreach (SchemaProblem problem in problems)
                {
                    add(new InputProblem(Schema, 0, problem.Place, problem.Found, problem.Expected));
                }
            }
        }

        /// <inheritdoc/>
        protected internal override void CheckRow(Question row, Action<string, string, string> add)
        {
            if (SchemaColumn.Length > 0 && !Rewards.JsonSchema.TryRead(row.Fields[SchemaColumn], out _, out var problems))
            {
                add(SchemaColumn, $"at {problems[0].Place} {problems[0].Found}", problems[0].Expected);
            }
        }

        /// <inheritdoc/>
        protected internal override RewardSettings Locate(Func<string, string> resolve) =>
            Schema.Length > 0 ? this with { Schema = resolve(Schema) } : this;

        private protected override IReward CreateWhole(RewardContext context) => new JsonSchemaMatch(this);
    }
}
