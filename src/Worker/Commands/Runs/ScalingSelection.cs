using System.Globalization;
using RlCore.Algebra;
using RlCore.Trainers.Inputs;
using RlCore.Worker.Views;

namespace RlCore.Worker.Commands;

/// <summary>What a loss is a law of.</summary>
internal enum ScalingVariable
{
    /// <summary>Parameters, where data does not limit the loss.</summary>
    Parameters,

    /// <summary>Tokens, where the model's size does not limit the loss.</summary>
    Tokens,

    /// <summary>Compute, where it is spent well.</summary>
    Compute,

    /// <summary>Parameters and tokens.</summary>
    Joint,
}

/// <summary>The form of a law of parameters and tokens.</summary>
internal enum JointForm
{
    /// <summary>L = E + A/N^alpha + B/D^beta.</summary>
    Hoffmann,

    /// <summary>L = ((N_c/N)^(alpha_N/alpha_D) + D_c/D)^alpha_D.</summary>
    Kaplan,
}

/// <summary>The runs that a law is fitted to.</summary>
/// <param name="File">Their file.</param>
/// <param name="Variable">What it is a law of.</param>
/// <param name="Runs">The runs.</param>
/// <param name="LeftOut">What was left out and why; empty for nothing.</param>
internal sealed record ScalingSelection(string File, ScalingVariable Variable, IReadOnlyList<ScalingRun> Runs, string LeftOut)
{
    // Runs of as many steps may differ by a few tokens.
    private const double AsMany = 0.99;

    /// <summary>The form of a law of two variables.</summary>
    /// <value>Hoffmann.</value>
    public JointForm Form { get; private init; }

    /// <summary>The variable in words.</summary>
    public string Name => NameOf(Variable);

    /// <summary>The variable of each run; of a joint law, its tokens.</summary>
    public double[] Values => [.. Runs.Select(run => ValueOf(run, Variable))];

    /// <summary>Chooses the runs.</summary>
    /// <param name="all">All runs.</param>
    /// <param name="asked">What was asked for; null for what the file has.</param>
    /// <param name="form">The form of a law of two variables; null for that of Hoffmann et al.</param>
    /// <exception cref="InputException">The file has no such column, or too few runs of the kind.</exception>
    public static ScalingSelection Of(ScalingRuns all, ScalingVariable? asked, JointForm? form = null)
    {
        bool hasBoth = all.HasParameters && all.HasTokens;
        ScalingVariable variable = asked
            ?? (hasBoth ? ScalingVariable.Joint
                : all.HasParameters ? ScalingVariable.Parameters
                : all.HasTokens ? ScalingVariable.Tokens
                : ScalingVariable.Compute);
        if (variable switch
        {
            ScalingVariable.Parameters => !all.HasParameters,
            ScalingVariable.Tokens => !all.HasTokens,
            ScalingVariable.Compute => !all.HasCompute,
            _ => !hasBoth,
        })
        {
            throw new InputException(new InputProblem(
                all.File, 1, "", $"no column of {NameOf(variable)}", $"such a column for --of {variable.ToString().ToLowerInvariant()}"));
        }

        if (form is not null && variable != ScalingVariable.Joint)
        {
            throw new InputException(new InputProblem(
                "--form",
                0,
                "",
                $"it beside a law of {NameOf(variable)}",
                "a law of parameters and tokens (--of joint), which has two forms"));
        }

        ScalingSelection chosen = variable switch
        {
            ScalingVariable.Parameters when all.HasTokens => Most(all, variable, run => run.Tokens, "tokens"),
            ScalingVariable.Tokens when all.HasParameters => Most(all, variable, run => run.Parameters, "parameters"),
            ScalingVariable.Compute => Frontier(all),
            _ => new ScalingSelection(all.File, variable, all.Runs, "") { Form = form ?? JointForm.Hoffmann },
        };
        chosen.RequireEnough();
        return chosen;
    }

    /// <summary>Whether a law with an irreducible loss can be fitted.</summary>
    public bool AllowsIrreducible => Form == JointForm.Hoffmann && IsEnough(hasIrreducible: true);

    private int Variables => Variable == ScalingVariable.Joint ? 2 : 1;

    private static string NameOf(ScalingVariable variable) =>
        variable == ScalingVariable.Joint ? "parameters and tokens" : variable.ToString().ToLowerInvariant();

    private static double ValueOf(ScalingRun run, ScalingVariable variable) => variable switch
    {
        ScalingVariable.Parameters => run.Parameters,
        ScalingVariable.Compute => run.Compute,
        _ => run.Tokens,
    };

    private static ScalingSelection Most(ScalingRuns all, ScalingVariable variable, Func<ScalingRun, double> other, string name)
    {
        double most = all.Runs.Max(other);
        ScalingRun[] kept = [.. all.Runs.Where(run => other(run) >= most * AsMany)];
        int count = all.Runs.Count - kept.Length;
        return new ScalingSelection(all.File, variable, kept, count == 0 ? "" : string.Create(
            CultureInfo.InvariantCulture,
            $"{Wording.Count(count, "run")} with fewer than {most:#,0.##} {name}, whose loss that limits too"));
    }

    private static ScalingSelection Frontier(ScalingRuns all)
    {
        ScalingRun[] kept =
            [.. all.Runs.Where(run => !all.Runs.Any(other => other.Compute <= run.Compute && other.Loss < run.Loss))];
        int count = all.Runs.Count - kept.Length;
        string leftOut = count == 0 ? "" : $"{Wording.Count(count, "run")} that another beats with no more compute";
        return new ScalingSelection(all.File, ScalingVariable.Compute, kept, leftOut);
    }

    private bool IsEnough(bool hasIrreducible) => Runs.Count >= ScalingFit.LeastRuns(Variables, hasIrreducible)
        && Different() >= ScalingFit.LeastValues(hasIrreducible);

    private int Different()
    {
        int values = Values.Distinct().Count();
        return Variables == 1 ? values : Math.Min(values, Runs.Select(run => run.Parameters).Distinct().Count());
    }

    private void RequireEnough()
    {
        bool hasIrreducible = Variables == 2 && Form == JointForm.Hoffmann;
        if (!IsEnough(hasIrreducible))
        {
            string each = Variables == 2 ? " of each" : "", without = LeftOut.Length > 0 ? $" (left out: {LeftOut})" : "";
            throw new InputException(new InputProblem(
                File,
                0,
                "",
                $"{Wording.Count(Runs.Count, "run")} with {Wording.Count(Different(), "different value")}{each}{without}",
                $"at least {ScalingFit.LeastRuns(Variables, hasIrreducible)} runs with {ScalingFit.LeastValues(hasIrreducible)}{each} for "
                    + $"a law of {Name}"));
        }
    }
}
