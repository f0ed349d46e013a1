namespace RlCore.Campaigns;

/// <summary>A campaign cannot go on; the message says why.</summary>
/// <param name="message">Why.</param>
internal sealed class CampaignException(string message) : Exception(message);
