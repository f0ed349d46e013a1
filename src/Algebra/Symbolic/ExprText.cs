using System.Globalization;
using System.Text;

namespace RlCore.Algebra;

/// <summary>A formula as text.</summary>
/// <param name="Latex">For a page.</param>
/// <param name="Plain">For a console.</param>
public sealed record ExprText(string Latex, string Plain)
{
    /// <summary>LaTeX of a plain-text name: "ℓ_old,1" is \ell_{\mathrm{old},1}.</summary>
    /// <param name="name">The name.</param>
    public static string LatexOf(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        string[] parts = name.Split('_', 2);
        bool mean = parts[0].EndsWith('\u0304');
        string stem = Letter(parts[0].TrimEnd('\u0304'));
        string letter = mean ? $"\\bar{{{stem}}}" : stem;
        return parts.Length == 1 ? letter : $"{letter}_{{{string.Join(',', parts[1].Split(',').Select(Letter))}}}";
    }

    /// <summary>A number, short: 0.5 is a fraction in LaTeX.</summary>
    internal static ExprText Number(double value)
    {
        string plain = value switch
        {
            double.PositiveInfinity => "∞",
            double.NegativeInfinity => "−∞",
            _ => value.ToString("R", CultureInfo.InvariantCulture).Replace('-', '−'),
        };
        for (int denominator = 2; denominator <= 12; denominator++)
        {
            double numerator = value * denominator;
            if (value != Math.Round(value) && numerator == Math.Round(numerator))
            {
                string sign = value < 0 ? "-" : "";
                return new($"{sign}\\tfrac{{{Math.Abs(numerator):0}}}{{{denominator}}}", value == 0.5 ? "½" : plain);
            }
        }

        return new(plain.Replace("∞", "\\infty", StringComparison.Ordinal).Replace('−', '-'), plain);
    }

    private static string Letter(string stem) => stem switch
    {
        "ℓ" => "\\ell",
        "α" => "\\alpha",
        "β" => "\\beta",
        "γ" => "\\gamma",
        "δ" => "\\delta",
        "ε" => "\\varepsilon",
        "λ" => "\\lambda",
        "ρ" => "\\rho",
        "σ" => "\\sigma",
        "τ" => "\\tau",
        "π" => "\\pi",
        "−" => "-",
        "∂" => "\\partial",
        { Length: > 1 } => $"\\mathrm{{{stem}}}",
        _ => stem,
    };

    /// <summary>Both texts, on lines of their own.</summary>
    public override string ToString() => new StringBuilder(Plain).Append('\n').Append(Latex).ToString();
}

/// <summary>A constant that a formula names: where its value, or a simple function of it, stands, the name is written.</summary>
/// <param name="Name">Plain-text name.</param>
/// <param name="Value">Its value in the expression; not a fraction of twelfths, which would fold.</param>
public sealed record ExprConstant(string Name, double Value)
{
    /// <summary>The simple functions of it that a formula may hold, each with its text and whether that is a sum.</summary>
    internal IEnumerable<(double Value, ExprText Text, bool IsSum)> Forms()
    {
        (string n, string x) = (Name, ExprText.LatexOf(Name));
        (double Value, ExprText Text, bool IsSum)[] forms =
        [
            (Value, new(x, n), false),
            Value < 1 ? (1 - Value, new($"1 - {x}", $"1 − {n}"), true) : (Value - 1, new($"{x} - 1", $"{n} − 1"), true),
            (1 + Value, new($"1 + {x}", $"1 + {n}"), true),
            (1 / Value, new($"\\frac{{1}}{{{x}}}", $"(1/{n})"), false),
            (2 / Value, new($"\\frac{{2}}{{{x}}}", $"(2/{n})"), false),
            (4 / Value, new($"\\frac{{4}}{{{x}}}", $"(4/{n})"), false),
            (0.5 / Value, new($"\\frac{{1}}{{2 {x}}}", $"(1/(2{n}))"), false),
            (1 / (Value - 1), new($"\\frac{{1}}{{{x} - 1}}", $"(1/({n} − 1))"), false),
            (Value / (1 - (2 * Value)), new($"\\frac{{{x}}}{{1 - 2 {x}}}", $"({n}/(1 − 2{n}))"), false),
            ((1 - Value) / (1 - (2 * Value)), new($"\\frac{{1 - {x}}}{{1 - 2 {x}}}", $"((1 − {n})/(1 − 2{n}))"), false),
            (Math.Log(Value), new($"\\log {x}", $"log {n}"), false),
            (Math.Log(1 - Value), new($"\\log(1 - {x})", $"log(1 − {n})"), false),
        ];
        return forms.Where(form => double.IsFinite(form.Value) && !Simplify.IsSimple(form.Value));
    }
}
