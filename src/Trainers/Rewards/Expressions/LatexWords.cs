using System.Collections.Frozen;

namespace RlCore.Trainers.Rewards;

/// <summary>The commands and words that the reader of expressions knows.</summary>
internal static class LatexWords
{
    /// <summary>Functions of one argument, also without brackets.</summary>
    public static readonly FrozenSet<string> Functions = new[]
    {
        "sin", "cos", "tan", "cot", "sec", "csc", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "ln", "log", "lg", "exp", "det",
        "arg",
        "sgn", "Re", "Im",
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Functions of several arguments in brackets.</summary>
    public static readonly FrozenSet<string> Lists =
        new[] { "min", "max", "gcd", "lcm", "lim", "sup", "inf" }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Commands that only lay out.</summary>
    public static readonly FrozenSet<string> Layout = new[]
    {
        "left", "right", "big", "Big", "bigl", "bigr", "Bigl", "Bigr", "bigg", "Bigg", "middle", "displaystyle", "textstyle", "limits",
        "nolimits",
        "quad", "qquad", "hfill", "bf", "rm", "it", "mathopen", "mathclose", "enspace", "thinspace", "hline", "rlap", "nobreak",
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Commands whose argument is text or a letter in another font.</summary>
    public static readonly FrozenSet<string> Fonts = new[]
    {
        "text", "textbf", "textit", "textrm", "textnormal", "textsf", "texttt", "mbox", "mathrm", "mathbf", "mathit", "mathsf", "mathcal",
        "mathbb",
        "mathfrak", "boldsymbol", "bm", "operatorname", "emph", "hbox", "underline", "overline", "overrightarrow", "vec", "hat", "bar",
        "tilde", "widehat",
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Commands that stand for one character.</summary>
    public static readonly FrozenDictionary<string, string> Characters = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["le"] = "≤", ["leq"] = "≤", ["leqslant"] = "≤", ["ge"] = "≥", ["geq"] = "≥", ["geqslant"] = "≥", ["ne"] = "≠", ["neq"] = "≠",
        ["lt"] = "<", ["gt"] = ">", ["approx"] = "≈", ["sim"] = "≈", ["simeq"] = "≈", ["in"] = "∈", ["notin"] = "∉", ["subset"] = "⊂",
        ["subseteq"] = "⊂", ["equiv"] = "≡", ["to"] = "→", ["rightarrow"] = "→", ["Rightarrow"] = "⇒", ["implies"] = "⇒", ["iff"] = "⇔",
        ["mapsto"] = "→",
        ["cup"] = "∪", ["cap"] = "∩", ["setminus"] = "∖", ["backslash"] = "∖", ["times"] = "*", ["cdot"] = "*", ["ast"] = "*", ["div"] =
        "/", ["pm"] = "±",
        ["mp"] = "∓", ["colon"] = ":", ["mid"] = "|", ["vert"] = "|", ["lvert"] = "|", ["rvert"] = "|", ["|"] = "‖", ["{"] = "⦃", ["}"] =
        "⦄",
        ["lbrace"] = "⦃", ["rbrace"] = "⦄", ["lbrack"] = "[", ["rbrack"] = "]", ["langle"] = "⟨", ["rangle"] = "⟩", ["lfloor"] = "⌊",
        ["rfloor"] = "⌋",
        ["lceil"] = "⌈", ["rceil"] = "⌉", ["circ"] = "°", ["degree"] = "°", ["%"] = "%", ["#"] = "#", ["&"] = "&", ["prime"] = "'",
        ["land"] = "∧",
        ["wedge"] = "∧", ["lor"] = "∨", ["vee"] = "∨", ["ldots"] = "…", ["dots"] = "…", ["cdots"] = "…", ["dotsc"] = "…", ["lparen"] =
        "(", ["rparen"] = ")",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Commands that are symbols, by the name of the symbol.</summary>
    public static readonly FrozenDictionary<string, string> Symbols = new[]
    {
        "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu", "xi", "rho", "sigma",
        "tau", "upsilon",
        "phi", "chi", "psi", "omega", "Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma", "Phi", "Psi", "Omega", "ell", "hbar",
        "nabla", "partial",
        "angle", "triangle", "square", "aleph",
    }.Select(name => (name, name)).Concat(
    [
        ("pi", "π"), ("infty", "∞"), ("oo", "∞"),
        ("emptyset", "∅"), ("varnothing", "∅"), ("varphi", "phi"), ("varepsilon", "epsilon"), ("vartheta",
        "theta"),
        ("infinity", "∞"), ("Reals", "ℝ"), ("R", "ℝ"),
    ]).ToFrozenDictionary(pair => pair.Item1, pair => pair.Item2, StringComparer.Ordinal);

    /// <summary>Commands with a structure of their own.</summary>
    public static readonly FrozenSet<string> Structures = new[]
    {
        "frac", "dfrac", "tfrac", "cfrac", "sqrt", "root", "binom", "dbinom", "tbinom", "sum", "prod", "int", "begin", "end", "boxed",
        "fbox", "not", "pmod", "bmod",
        "mod",
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Letters that name a function where a bracket follows them.</summary>
    public const string FunctionNames = "fgFGHPQW";

    /// <summary>Whether a command is known.</summary>
    /// <param name="name">Its name.</param>
    public static bool IsKnown(string name) => Functions.Contains(name) || Lists.Contains(name) || Layout.Contains(name)
        || Fonts.Contains(name) || Characters.ContainsKey(name) || Symbols.ContainsKey(name) || Structures.Contains(name);
}
