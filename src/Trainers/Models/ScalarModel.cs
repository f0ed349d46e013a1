using RlCore.Engines;
using RlCore.Trainers.Files;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Models;

/// <summary>A scalar head: h·w + b. It is initialized to zero, so that every score is zero at first.</summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
internal sealed class ScalarHead<T> : IDisposable
    where T : struct, ITensor<T>
{
    /// <summary>Name of the weight [1, D].</summary>
    public const string WeightName = ParameterPlan.ScoreWeight;

    /// <summary>Name of the bias [1, 1].</summary>
    public const string BiasName = ParameterPlan.ScoreBias;

    private readonly IEngine<T> _engine;

    /// <summary>A head.</summary>
    /// <param name="engine">The engine that owns it.</param>
    /// <param name="width">D.</param>
    /// <param name="weights">Values by name; a missing head is initialized to zero.</param>
    public ScalarHead(IEngine<T> engine, int width, IReadOnlyDictionary<string, TensorData>? weights = null)
    {
        _engine = engine;
        T Parameter(string name, int columns) => weights?.ContainsKey(name) ?? false
            ? engine.Parameter(NamedParameters.Take(weights, name, 1, columns))
            : engine.Parameter(1, columns, new float[columns]);
        Parameters =
        [
            new(WeightName, Parameter(WeightName, width), Decays: true),
            new(BiasName, Parameter(BiasName, 1), Decays: false),
        ];
    }

    /// <summary>Weight and bias.</summary>
    public IReadOnlyList<NamedParameter<T>> Parameters { get; }

    /// <summary>The scores of hidden states: [N, D] → [N, 1].</summary>
    /// <param name="hidden">Hidden states.</param>
    public T Apply(T hidden) => T.Linear(hidden, Parameters[0].Value, Parameters[1].Value);

    /// <summary>The scores of a batch's hidden states, laid out as the batch is: [rows, columns].</summary>
    /// <param name="hidden">Hidden states of the batch's inputs, [rows · columns, D].</param>
    /// <param name="batch">The batch.</param>
    public T Values(T hidden, TokenBatch batch) => T.Reshape(Apply(hidden), batch.Rows, batch.Columns);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var parameter in Parameters)
        {
            _engine.Release(parameter.Value);
        }
    }
}

/// <summary>
/// A language model's trunk under a scalar head. As a reward model it gives a sequence the score of its last token; as a value
/// model it gives the value of the state before each action.
/// </summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
public sealed class ScalarModel<T> : IValueModel<T>, IPassCounter, IDisposable
    where T : struct, ITensor<T>
{
    private readonly Decoder<T> _trunk;
    private readonly ScalarHead<T> _head;

    /// <summary>
    /// A model with given weights. A missing scalar head is initialized to zero; the output head of a language model is
    /// ignored.
    /// </summary>
    /// <param name="engine">The engine that owns it.</param>
    /// <param name="settings">Shape of the trunk.</param>
    /// <param name="vocabularySize">Number of tokens.</param>
    /// <param name="weights">Values by name: those of a language model, or of a scalar model.</param>
    /// <exception cref="ArgumentException">A weight is missing or its size does not match the settings.</exception>
    public ScalarModel(IEngine<T> engine, ModelSettings settings, int vocabularySize, IReadOnlyDictionary<string, float[]> weights)
        : this(engine, settings, vocabularySize, weights.ToTensors())
    {
    }

    /// <summary>A model with given weights, which are read piece by piece.</summary>
    /// <param name="engine">The engine that owns it.</param>
    /// <param name="settings">Shape of the trunk.</param>
    /// <param name="vocabularySize">Number of tokens.</param>
    /// <param name="weights">Tensors by name: those of a language model, or of a scalar model.</param>
    internal ScalarModel(IEngine<T> engine, ModelSettings settings, int vocabularySize, IReadOnlyDictionary<string, TensorData> weights)
        : this(engine, Decoder<T>.Load(engine, settings with { TiedHead = true }, vocabularySize, weights), weights)
    {
    }

    /// <summary>A model on a given trunk, which it owns.</summary>
    /// <param name="engine">The engine that owns it.</param>
    /// <param name="trunk">The trunk.</param>
    /// <param name="weights">Tensors by name; a missing scalar head is initialized to zero.</param>
    internal ScalarModel(IEngine<T> engine, Decoder<T> trunk, IReadOnlyDictionary<string, TensorData> weights)
    {
        _trunk = trunk;
        _head = new ScalarHead<T>(engine, trunk.Settings.Width, weights);
        Parameters = [.. _trunk.Parameters, .. _head.Parameters];
    }

    /// <inheritdoc/>
    public IReadOnlyList<NamedParameter<T>> Parameters { get; }

    /// <summary>Maximum tokens per sequence.</summary>
    public int Context => _trunk.Context;

    int IPassCounter.Passes
    {
        get => ((IPassCounter)_trunk).Passes;
        set => ((IPassCounter)_trunk).Passes = value;
    }

    /// <summary>The trunk, to read with a cache.</summary>
    internal ILanguageModel<T> Trunk => _trunk;

    /// <summary>The scores of the trunk's hidden states: [N, D] → [N, 1].</summary>
    /// <param name="hidden">Hidden states.</param>
    internal T ScoresOf(T hidden) => _head.Apply(hidden);

    /// <inheritdoc/>
    public T Values(TokenBatch batch) =>
        _head.Values(_trunk.Hidden(batch.Inputs, batch.Lengths, batch.Columns), batch);

    /// <summary>The score of each whole sequence, read at its last token: [sequences, 1].</summary>
    /// <param name="sequences">Sequences, none empty.</param>
    public T Scores(IReadOnlyList<TokenSequence> sequences) => ScoresAfter(sequences, row => [sequences[row].Tokens.Length]);

    /// <summary>The scores at the ends of steps, each read at the step's last token: [steps of all sequences, 1].</summary>
    /// <param name="sequences">Sequences, none empty.</param>
    /// <param name="ends">For each sequence, how many tokens of its completion each step ends after.</param>
    internal T StepScores(IReadOnlyList<TokenSequence> sequences, IReadOnlyList<IReadOnlyList<int>> ends) =>
        ScoresAfter(sequences, row => ends[row].Select(end => sequences[row].PromptLength + end));

    // The scores after numbers of tokens of each sequence, sequence by sequence.
    private T ScoresAfter(IReadOnlyList<TokenSequence> sequences, Func<int, IEnumerable<int>> places)
    {
        int time = sequences.Max(s => s.Tokens.Length);
        var tokens = new int[sequences.Count * time];
        var lengths = new int[sequences.Count];
        var read = new List<int>(sequences.Count);
        for (int row = 0; row < sequences.Count; row++)
        {
            lengths[row] = sequences[row].Tokens.Length;
            sequences[row].Tokens.CopyTo(tokens.AsSpan(row * time));
            foreach (int place in places(row))
            {
                read.Add((row * time) + place - 1);
            }
        }

        return _head.Apply(T.GatherRows(_trunk.Hidden(tokens, lengths, time), [.. read]));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _trunk.Dispose();
        _head.Dispose();
    }
}
