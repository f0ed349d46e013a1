using RlCore.Trainers.Settings;

namespace RlCore.Trainers.Rewards;

/// <summary>A finite number other than 0.</summary>
internal sealed class NotZeroAttribute() : SettingRuleAttribute("a number other than 0")
{
    /// <inheritdoc/>
    public override bool Accepts(object value) => value is double number && double.IsFinite(number) && number != 0;
}

/// <summary>An address of the web.</summary>
internal sealed class AddressAttribute() : SettingRuleAttribute("an address that begins with http:// or https://")
{
    /// <inheritdoc/>
    public override bool Accepts(object value) =>
        Uri.TryCreate((string)value, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https";
}

/// <summary>A temperature that is sent to an endpoint.</summary>
internal sealed class JudgeTemperatureAttribute() : SettingRuleAttribute("a number from 0 to 100, or -1 to leave it to the endpoint")
{
    /// <inheritdoc/>
    public override bool Accepts(object value) => value is double and (-1 or (>= 0 and <= 100));
}
