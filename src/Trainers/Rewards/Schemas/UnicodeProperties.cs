using System.Globalization;

namespace RlCore.Trainers.Rewards;

/// <summary>The general categories of Unicode by their short and long names, as \p{…} takes them. Source: ECMA-262, table 69.</summary>
internal static class UnicodeProperties
{
    // Short name, long names; a category of one letter has all those whose names begin with it.
    private static readonly string[] Names =
    [
        "Lu Uppercase_Letter", "Ll Lowercase_Letter", "Lt Titlecase_Letter", "Lm Modifier_Letter", "Lo Other_Letter",
        "Mn Nonspacing_Mark", "Mc Spacing_Mark", "Me Enclosing_Mark", "Nd Decimal_Number digit", "Nl Letter_Number", "No Other_Number",
        "Zs Space_Separator", "Zl Line_Separator", "Zp Paragraph_Separator", "Cc Control cntrl", "Cf Format", "Cs Surrogate",
        "Co Private_Use", "Pc Connector_Punctuation", "Pd Dash_Punctuation", "Ps Open_Punctuation", "Pe Close_Punctuation",
        "Pi Initial_Punctuation", "Pf Final_Punctuation", "Po Other_Punctuation", "Sm Math_Symbol", "Sc Currency_Symbol",
        "Sk Modifier_Symbol", "So Other_Symbol", "Cn Unassigned",
    ];

    private static readonly string[] Groups =
    [
        "L Letter", "M Mark Combining_Mark", "N Number", "Z Separator", "C Other", "P Punctuation punct", "S Symbol",
    ];

    /// <summary>The code points with a property.</summary>
    /// <param name="name">Its name: Lu, Uppercase_Letter, gc=Lu, General_Category=Lu, LC, Any, ASCII, Assigned.</param>
    /// <param name="set">The code points.</param>
    /// <returns>Whether the property is known.</returns>
    public static bool TryFind(string name, out CodePointSet set)
    {
        string category = name.StartsWith("gc=", StringComparison.Ordinal) || name.StartsWith("General_Category=", StringComparison.Ordinal)
            ? name[(name.IndexOf('=', StringComparison.Ordinal) + 1)..]
            : name;
        string? prefix = Array.Find(Groups, group => group.Split(' ').Contains(category))?[..1];
        string[] letters = category is "LC" or "Cased_Letter" ? ["Lu", "Ll", "Lt"] : [];

        // The categories are in the order of UnicodeCategory.
        UnicodeCategory[] found = [.. Enumerable.Range(0, Names.Length)
            .Where(i => Names[i].Split(' ').Contains(category) || (prefix is not null && Names[i][0] == prefix[0])
                || letters.Contains(Names[i][..2]))
            .Select(i => (UnicodeCategory)i)];
        set = category switch
        {
            "Any" => new CodePointSet().Complement(),
            "ASCII" => new CodePointSet().Add(0, 0x7F),
            "Assigned" => CodePointSet.Of([UnicodeCategory.OtherNotAssigned]).Complement(),
            _ => CodePointSet.Of(found),
        };
        return found.Length > 0 || category is "Any" or "ASCII" or "Assigned";
    }
}
