"""Addresses of signing in, accounts, agencies, keys and the access log."""

from django.urls import path

from . import access_keys, access_log, administration, agencies, bulk, own_account, sign_in

urlpatterns = [
    path("sign-in/", sign_in.sign_in, name="sign-in"),
    path("sign-in/second/", sign_in.second, name="second"),
    path("sign-in/second/options/", sign_in.second_options, name="second-options"),
    path("stay/", sign_in.stay, name="stay"),
    path("account/", own_account.account, name="own-account"),
    path("account/password/", own_account.password, name="own-password"),
    path("account/codes/", own_account.add_codes, name="add-codes"),
    path("account/card/", own_account.card, name="own-card"),
    path("account/keys/options/", own_account.key_options, name="key-options"),
    path("account/keys/", own_account.add_key, name="add-key"),
    path("account/factors/<int:pk>/remove/", own_account.remove_factor, name="remove-factor"),
    path("account/sessions/end/", own_account.end_session, name="end-session"),
    path("account/access-keys/", access_keys.own, name="own-access-keys"),
    path("access-keys/", access_keys.index, name="access-keys"),
    path("access-keys/<int:pk>/<slug:what>/", access_keys.act, name="access-key-act"),
    path("accounts/", administration.index, name="accounts"),
    path("accounts/new/", administration.new, name="account-new"),
    path("accounts/many/", bulk.many, name="accounts-many"),
    path("accounts/many/open/", bulk.open_many, name="accounts-open"),
    path("accounts/many/template.xlsx", bulk.template, name="accounts-template"),
    path("accounts/several/", administration.several, name="accounts-several"),
    path("accounts/contact/", administration.contact_settings, name="contact"),
    path("accounts/<int:pk>/", administration.account, name="account"),
    path("accounts/<int:pk>/first-code/", administration.first_code, name="first-code"),
    path("accounts/<int:pk>/card/", administration.hand_out_card, name="account-card"),
    path("accounts/<int:pk>/<slug:what>/", administration.act, name="account-act"),
    path("agencies/", agencies.agencies, name="agencies"),
    path("agencies/<int:pk>/", agencies.agency, name="agency"),
    path("agencies/<int:pk>/<slug:what>/", agencies.agency_act, name="agency-act"),
    path("grants/", administration.grants, name="grants"),
    path("grants/<int:pk>/answer/", administration.answer, name="grant-answer"),
    path("log/", access_log.log, name="log"),
    path("log/export/", access_log.export, name="log-export"),
    path("sign-out/", sign_in.sign_out, name="sign-out"),
    path("language/", sign_in.choose_language, name="choose-language"),
]
