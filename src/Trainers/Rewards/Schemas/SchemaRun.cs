using System.Runtime.CompilerServices;

namespace RlCore.Trainers.Rewards;

/// <summary>
/// One check of a value. What a part of the schema says of a part of the value is found once and kept, so that the work grows with the
/// product of their sizes, never exponentially; and it has a limit.
/// </summary>
/// <param name="asks">Whether the schema asks which parts of a value are evaluated.</param>
internal sealed class SchemaRun(bool asks)
{
    /// <summary>The limit: checks of a part of the value by a part of the schema, and what costs about as much.</summary>
    internal const long Limit = 2_000_000;

    /// <summary>The deepest nesting of checks, by references and by parts of a value, for which the stack is made large enough.</summary>
    internal const int MostDepth = 100_000;

    private const int Stack = 128 << 20;
    private static readonly Outcome Fails = new(false, []);

    private readonly Dictionary<(int Schema, int Value, int Scope), Outcome?> _known = [];
    private long _work;
    private int _depth;

    /// <summary>Whether the check could not be finished: the work passed the limit, or a reference leads back to itself.</summary>
    public bool IsUndecided { get; private set; }

    /// <summary>Checks a value.</summary>
    public bool Accepts(SchemaNode schema, JsonTree value, SchemaScope scope) => Check(schema, value, scope).Passes;

    /// <summary>Checks a value by a schema that applies to the same value as the one around it.</summary>
    public bool AcceptsSame(SchemaNode schema, JsonTree value, SchemaScope scope, bool[] seen)
    {
        Outcome outcome = Check(schema, value, scope);
        for (int i = 0; outcome.Passes && i < seen.Length; i++)
        {
            seen[i] |= outcome.Seen[i];
        }

        return outcome.Passes;
    }

    /// <summary>Counts work, in checks.</summary>
    /// <returns>Whether there is some left.</returns>
    public bool Spend(long work)
    {
        VerifierWork.Spend(work);
        _work += work;
        IsUndecided |= _work > Limit;
        return !IsUndecided;
    }

    private Outcome Check(SchemaNode schema, JsonTree value, SchemaScope scope)
    {
        scope = scope.With(schema.Resource);
        var key = (schema.Id, value.Id, scope.Id);
        if (_known.TryGetValue(key, out Outcome? known))
        {
            IsUndecided |= known is null;
            return known ?? Fails;
        }

        int parts = asks ? value.Parts.Length : 0;
        IsUndecided |= _depth == MostDepth;
        if (!Spend(1 + (parts / 16)))
        {
            return Fails;
        }

        _known[key] = null;
        _depth++;
        Outcome outcome = RuntimeHelpers.TryEnsureSufficientExecutionStack()
            ? Test(schema, value, scope, parts)
            : OnMoreStack(() => Test(schema, value, scope, parts));
        _depth--;
        _known[key] = outcome;
        return outcome;
    }

    private Outcome Test(SchemaNode schema, JsonTree value, SchemaScope scope, int parts)
    {
        bool[] seen = parts == 0 ? [] : new bool[parts];
        bool passes = true;
        foreach (SchemaTest test in schema.Tests.Concat(schema.LastTests))
        {
            passes = passes && !IsUndecided && test(this, value, scope, seen);
        }

        return passes ? new Outcome(true, seen) : Fails;
    }

    private static Outcome OnMoreStack(Func<Outcome> check)
    {
        Outcome outcome = Fails;
        long work = 0;
        var thread = new Thread(() => work = VerifierWork.Of(() => outcome = check()), Stack);
        thread.Start();
        thread.Join();
        VerifierWork.Spend(work);
        return outcome;
    }

    private sealed record Outcome(bool Passes, bool[] Seen);
}
